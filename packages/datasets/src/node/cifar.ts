import { checkOptions, type OptionKeys, rowMajor } from '@immiscible/core';
import { decodePickle, PickledArray, readTar } from '@immiscible/formats';
import { openFile } from '@immiscible/formats/node';
import type { NdArray } from 'ndarray';
import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { CIFAR_PIXELS, cifarDataset, interleave, readCifarBinary } from '../cifar.js';
import type { Dataset } from '../dataset.js';

/** @see {@link cifar10} */
export interface CifarOptions {
  /** `cifar-10-python.tar.gz`, `cifar-10-binary.tar.gz`, or a folder with the files of either. */
  readonly path: string;
  /** @defaultValue `'train'` */
  readonly split?: 'train' | 'test';
}

const KEYS = { path: true, split: true } satisfies OptionKeys<CifarOptions>;

const kinds = {
  cifar10: {
    train: /^data_batch_([1-5])(\.bin)?$/,
    test: /^test_batch(\.bin)?$/,
    count: { train: 50_000, test: 10_000 },
  },
  cifar100: { train: /^train(\.bin)?$/, test: /^test(\.bin)?$/, count: { train: 50_000, test: 10_000 } },
} as const;
const sources = {
  cifar10: 'cifar-10-python.tar.gz (MD5 c58f30108f718f92721af3b95e74349a)',
  cifar100: 'cifar-100-python.tar.gz (MD5 eb9058c3a382ffc7106e4002c42a8d85)',
};

/**
 * CIFAR-10 from the original files: the Python version or the binary version, as `.tar.gz` or unpacked. Pickles are
 * read as data, never run.
 *
 * @param options - where the files lie, and which split
 * @returns `[50000,32,32,3]` (train) or `[10000,32,32,3]` (test), 10 classes, in the files' own order
 * @throws RangeError if a file is damaged, or images are missing
 * @see A. Krizhevsky 2009, "Learning Multiple Layers of Features from Tiny Images"
 */
export function cifar10(options: CifarOptions): Promise<Dataset> {
  return load('cifar10', options);
}

/**
 * CIFAR-100 with its 100 fine labels; otherwise like {@link cifar10}.
 *
 * @param options - where the files lie, and which split
 */
export function cifar100(options: CifarOptions): Promise<Dataset> {
  return load('cifar100', options);
}

interface Part {
  readonly file: string;
  readonly images: Uint8Array;
  readonly labels: Int32Array;
}

async function load(kind: keyof typeof kinds, options: CifarOptions): Promise<Dataset> {
  checkOptions(kind, options, KEYS);
  const { path, split = 'train' } = options;
  if (split !== 'train' && split !== 'test') {
    throw new RangeError(`${kind}: split must be "train" or "test", got "${String(split)}"`);
  }
  const pattern = kinds[kind][split];
  const parts: Part[] = [];
  for await (const { name, bytes } of files(kind, path, pattern)) parts.push(readPart(kind, name, bytes));
  parts.sort((a, b) => (a.file < b.file ? -1 : 1));
  const count = parts.reduce((sum, { labels }) => sum + labels.length, 0);
  const expected = kinds[kind].count[split];
  if (count !== expected) {
    throw new RangeError(
      `${kind}: ${path} must hold ${expected} images (${split}), got ${count} in ${parts.length} files; ` +
        `use ${sources[kind]} or the binary version`,
    );
  }
  const images = new Uint8Array(count * CIFAR_PIXELS);
  const labels = new Int32Array(count);
  let filled = 0;
  for (const part of parts) {
    images.set(part.images, filled * CIFAR_PIXELS);
    labels.set(part.labels, filled);
    filled += part.labels.length;
  }
  return cifarDataset(`${kind}: ${path}`, kind, split === 'train' ? kind : `${kind}-test`, images, labels);
}

async function* files(
  kind: keyof typeof kinds,
  path: string,
  pattern: RegExp,
): AsyncGenerator<{ name: string; bytes: Uint8Array }> {
  const stats = await stat(path).catch((cause: unknown) => {
    throw new Error(
      `${kind}: path must be ${sources[kind]}, the binary version, or a folder of either, got ${path}, which can't be read`,
      { cause },
    );
  });
  if (!stats.isDirectory()) {
    yield* readTar(await openFile(path), {
      wanted: (name) => pattern.test(basename(name)),
      maximumBytes: 2 ** 28,
    });
    return;
  }
  const names =
    kind === 'cifar10'
      ? ['data_batch_1', 'data_batch_2', 'data_batch_3', 'data_batch_4', 'data_batch_5', 'test_batch']
      : ['train', 'test'];
  for (const name of names.filter((candidate) => pattern.test(candidate))) {
    for (const file of [name, `${name}.bin`]) {
      const bytes = await readFile(join(path, file)).catch(() => undefined);
      if (bytes) {
        yield { name: file, bytes };
        break;
      }
    }
  }
}

function readPart(kind: keyof typeof kinds, file: string, bytes: Uint8Array): Part {
  if (file.endsWith('.bin')) {
    const { images, labels } = readCifarBinary(bytes, { kind, name: file });
    return { file, images: images.data as Uint8Array, labels: labels as Int32Array };
  }
  const { data, labels } = readCifarPickle(kind, file, bytes);
  const images = new Uint8Array(data.length);
  for (let i = 0; i < labels.length; i++) {
    interleave(data.subarray(i * CIFAR_PIXELS, (i + 1) * CIFAR_PIXELS), images, i * CIFAR_PIXELS);
  }
  return { file, images, labels };
}

function readCifarPickle(
  kind: keyof typeof kinds,
  file: string,
  bytes: Uint8Array,
): { data: Uint8Array; labels: Int32Array } {
  const value = decodePickle(bytes, { name: file });
  const key = kind === 'cifar10' ? 'labels' : 'fine_labels';
  const get = (name: string): unknown => (value instanceof Map ? value.get(name) : undefined);
  const data = get('data');
  const array = data instanceof PickledArray ? data.array : undefined;
  const labels = get(key);
  const count = Array.isArray(labels) ? labels.length : 0;
  const whole =
    array?.data instanceof Uint8Array &&
    array.shape.length === 2 &&
    array.shape[0] === count &&
    array.shape[1] === CIFAR_PIXELS;
  if (!whole || !(labels as unknown[]).every((label) => Number.isInteger(label))) {
    const found = array ? `data of shape [${array.shape.join(',')}] and ${count} labels` : 'no array "data"';
    throw new RangeError(
      `${kind}: ${file} must be a pickled dict with uint8 "data" of shape [N,${CIFAR_PIXELS}] and N "${key}", got ${found}`,
    );
  }
  return {
    data: rowMajor(kind, file, array as NdArray<Uint8Array>),
    labels: Int32Array.from(labels as number[]),
  };
}
