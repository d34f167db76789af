import { ArgumentError, checkBytes, describe } from '@immiscible/core';
import { decodeIdx } from '@immiscible/formats';
import ndarray from 'ndarray';
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { createDataset, type Dataset } from '../dataset.js';
import { cifar10, cifar100 } from './cifar.js';

/**
 * Data sets whose files are read whole, by their names: CIFAR's own archives, and images in IDX.
 *
 * @throws RangeError as {@link openCifar} and {@link openIdx} do
 */
export async function openWhole(path: string, split: string | undefined): Promise<Dataset | undefined> {
  return (await openCifar(path, split)) ?? (await openIdx(path, split));
}

/**
 * CIFAR's own archives, by their names.
 *
 * @throws RangeError if the archive is damaged
 */
async function openCifar(path: string, split: string | undefined): Promise<Dataset | undefined> {
  const classes = /^cifar-(10|100)-(python|binary)\.tar\.gz$/.exec(basename(path))?.[1];
  if (classes === undefined) return undefined;
  split ??= 'train';
  if (split !== 'train' && split !== 'test') {
    const constraint = `train or test for ${path}`;
    throw new ArgumentError({ fn: 'openCifar', argument: 'split', constraint, got: describe(split) });
  }
  return classes === '10' ? cifar10({ path, split }) : cifar100({ path, split });
}

/**
 * Images in IDX, MNIST's format, by their name `…-images-idx3-ubyte` (`.gz`); labels from `…-labels-idx1-ubyte` beside them,
 * where that is there. Nothing is known of them, so they are not taken to be mirrored.
 *
 * @throws RangeError if a file is damaged, or the two don't fit
 */
async function openIdx(path: string, split: string | undefined): Promise<Dataset | undefined> {
  const [, name] = /^(.*)-images[-.]idx3-ubyte(?:\.gz)?$/.exec(basename(path)) ?? [];
  if (name === undefined) return undefined;
  if (split !== undefined) {
    const constraint = `left out for ${path}, which is one`;
    throw new ArgumentError({ fn: 'openIdx', argument: 'split', constraint, got: split });
  }
  const read = async (file: string): Promise<Awaited<ReturnType<typeof decodeIdx>>> => {
    checkBytes('openIdx', file, (await stat(file)).size);
    return decodeIdx(new Uint8Array(await readFile(file)), { name: file });
  };
  const { data, shape } = await read(path);
  const [count = 0, height = 0, width = 0] = shape;
  if (shape.length !== 3 || !(data instanceof Uint8Array) || count === 0) {
    throw new RangeError(`openIdx: ${path} must hold bytes of shape [N,H,W], got [${shape.join(',')}]`);
  }
  const beside = join(dirname(path), basename(path).replace('-images', '-labels').replace('idx3', 'idx1'));
  const labels = await read(beside).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (labels && (labels.shape.length !== 1 || labels.shape[0] !== count)) {
    throw new RangeError(
      `openIdx: ${beside} must hold ${count} labels as ${path} has images, got [${labels.shape.join(',')}]`,
    );
  }
  return createDataset({
    name,
    images: ndarray(data, [count, height, width, 1]),
    ...(labels && { labels: Int32Array.from(labels.data) }),
    allowsFlip: false,
  });
}
