import {
  ArgumentError,
  checkBytes,
  checkOptions,
  describe,
  NO_CLASS,
  type OptionKeys,
} from '@immiscible/core';
import { decodeIdx } from '@immiscible/formats';
import { readFile, stat } from 'node:fs/promises';
import ndarray from 'ndarray';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { createDataset, type Dataset } from '../dataset.js';
import { cifar10, cifar100 } from './cifar.js';
import { byCodeUnits, type ImageFiles, isHidden, isPicture } from './image-files.js';
import { imageFolder } from './image-folder.js';
import { imageTar } from './image-tar.js';
import { imageZip } from './image-zip.js';
import type { LoadImagesOptions } from './load-images.js';
import { openPacked } from './packed.js';
import { type PixelMoments, pixelMoments } from './pixel-moments.js';
import { imageParquet } from './parquet.js';
import { walkFolder } from './walk-folder.js';

/** Options of {@link openImages}. */
export interface OpenImagesOptions {
  /**
   * Of a folder of parquet files: those whose names begin with it, as `train-00000-of-00002.parquet`, or that lie in a
   * folder of that name, as `default/train/0000.parquet`.
   */
  readonly split?: string;
  /** Of parquet: the column with pictures, if it has no usual name. */
  readonly image?: string;
  /** Of parquet: the column with class indices; `false` for none. */
  readonly label?: string | false;
  /** Of parquet: take rows without a label as images of no class instead of refusing them. */
  readonly unlabeled?: boolean;
  /**
   * `false` reads no labels and no classes, whatever is there: for who needs none.
   * @defaultValue true
   */
  readonly labels?: boolean;
}

const KEYS = {
  split: true,
  image: true,
  label: true,
  unlabeled: true,
  labels: true,
} satisfies OptionKeys<OpenImagesOptions>;

/**
 * What a parquet file is a part of, by its path in a data set's folder. `data/train-00000-of-00002.parquet` is a part of
 * `train`; so are the hub's own conversions, `default/train/0000.parquet`, with their configuration: `default/train`.
 */
function splitOf(file: string): string {
  const parts = file.split(sep);
  const name = (parts.pop() as string).replace(/\.parquet$/i, '');
  if (/^\d+$/.test(name) && parts.length > 0) return parts.slice(-2).join('/');
  return name.replace(/-\d+-of-\d+$/, '');
}

/** A folder's parquet files in order; none if it holds pictures. */
async function shardsIn(path: string, split: string | undefined): Promise<string[]> {
  const { files } = await walkFolder(path);
  if (files.some(isPicture)) return [];
  const all = files.filter((file) => /\.parquet$/i.test(file) && !isHidden(file));
  const splits = [...new Set(all.map(splitOf))].sort(byCodeUnits);
  // `train` is enough of `default/train`, if there is no other.
  const meant = splits.filter((each) => each === split || each.endsWith(`/${split}`));
  const wanted = split === undefined ? splits : meant;
  if (all.length > 0 && wanted.length !== 1) {
    const constraint = `of ${splits.join(', ')} for the parquet files in ${path}`;
    throw new ArgumentError({ fn: 'openImages', argument: 'split', constraint, got: split ?? 'none' });
  }
  return all.filter((file) => splitOf(file) === wanted[0]).map((file) => join(path, file));
}

/**
 * Pictures wherever they lie: a folder (of pictures, or of parquet files), or an archive by the end of its name (`.zip`, `.tar`, `.tar.gz`, `.tgz`, `.parquet`).
 *
 * @throws RangeError if there is nothing, or a file of another kind
 */
export async function openImages(path: string, options: OpenImagesOptions = {}): Promise<ImageFiles> {
  checkOptions('openImages', options, KEYS);
  const found = await stat(path).catch((cause: unknown) => {
    const [constraint, got] = ['a folder or an archive', `${path}, which isn't there`];
    throw new ArgumentError({ fn: 'openImages', argument: 'path', constraint, got }, { cause });
  });
  const { split, labels = true, ...columns } = options;
  const parquet = { ...columns, ...(!labels && { label: false as const }) };
  const classes = labels ? {} : { classes: false };
  if (found.isDirectory()) {
    const shards = await shardsIn(path, split);
    if (shards.length > 0) return imageParquet(shards, { name: basename(resolve(path)), ...parquet });
  }
  if (split !== undefined) {
    const constraint = `left out for ${path}, which is no folder of parquet files`;
    throw new ArgumentError({ fn: 'openImages', argument: 'split', constraint, got: split });
  }
  const ofColumns = (['image', 'label', 'unlabeled'] as const).find(
    (key) => columns[key] !== undefined && (key !== 'unlabeled' || columns[key] === true),
  );
  if (ofColumns !== undefined && !/\.parquet$/i.test(path)) {
    const constraint = `left out for ${path}, which is no parquet file`;
    throw new ArgumentError({
      fn: 'openImages',
      argument: ofColumns,
      constraint,
      got: describe(columns[ofColumns]),
    });
  }
  if (found.isDirectory()) return imageFolder(path, classes);
  if (/\.zip$/i.test(path)) return imageZip(path, classes);
  if (/\.(tar|tar\.gz|tgz)$/i.test(path)) return imageTar(path, classes);
  if (/\.parquet$/i.test(path)) return imageParquet(path, parquet);
  throw new ArgumentError({
    fn: 'openImages',
    argument: 'path',
    constraint: 'a folder, a .zip, .tar, .tar.gz or .parquet',
    got: path,
    fix: 'unpack it into a folder',
  });
}

/**
 * CIFAR's own archives, by their names; for what else there is, see {@link openImages}.
 *
 * @throws RangeError if the archive is damaged
 */
export async function openCifar(path: string, split: string | undefined): Promise<Dataset | undefined> {
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
export async function openIdx(path: string, split?: string): Promise<Dataset | undefined> {
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

/** What is at a path. */
export interface Found {
  readonly kind: 'packed file' | 'pictures' | 'images';
  readonly name: string;
  readonly count: number;
  /** `[H,W,C]`; of pictures it isn't known without decoding them. */
  readonly shape?: readonly number[];
  /** Images of each class, where there are labels. */
  readonly classes: readonly { readonly name: string; readonly count: number }[];
  readonly sha256?: string;
  /** Other files that lie there, which are no pictures or hidden. */
  readonly skipped?: readonly string[];
  /** Where they were asked for. */
  readonly moments?: PixelMoments;
}

/** Options of {@link describePath}. */
export interface DescribeOptions extends OpenImagesOptions {
  /** Read all of a packed file and compare its checksum. */
  readonly verify?: boolean;
  /** Decode everything, for the pixels' mean and deviation. */
  readonly moments?: boolean;
  /** See `loadImages`. */
  readonly workers?: number;
  /** Of `moments`: leave damaged pictures out; see `loadImages`. */
  readonly skipDamaged?: boolean;
  readonly onDamaged?: LoadImagesOptions['onDamaged'];
}

const DESCRIBE_KEYS = {
  ...KEYS,
  verify: true,
  moments: true,
  workers: true,
  skipDamaged: true,
  onDamaged: true,
} satisfies OptionKeys<DescribeOptions>;

/**
 * Looks at a packed file, a folder or an archive, without decoding anything (unless `moments` are asked for).
 *
 * @throws RangeError if it is none of these, or damaged
 */
export async function describePath(path: string, options: DescribeOptions = {}): Promise<Found> {
  checkOptions('describePath', options, DESCRIBE_KEYS);
  const { verify = false, moments = false, workers, skipDamaged = false, onDamaged, ...open } = options;
  const isFile = await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
  const whole = isFile
    ? ((await openCifar(path, open.split)) ?? (await openIdx(path, open.split)))
    : undefined;
  if (whole !== undefined) {
    const { name, images } = whole;
    return {
      kind: 'images',
      name,
      count: images.shape[0] as number,
      shape: images.shape.slice(1),
      classes: classesIn(whole),
      ...(moments && { moments: await pixelMoments(whole) }),
    };
  }
  if (isFile && !/\.(zip|tar|tar\.gz|tgz|parquet)$/i.test(path)) {
    const packed = await openPacked(path);
    try {
      if (verify) await packed.verify();
      const { name, count, imageShape, sha256 } = packed;
      return {
        kind: 'packed file',
        name,
        count,
        shape: [...imageShape],
        classes: classesIn(packed),
        sha256,
        ...(moments && { moments: await pixelMoments(packed) }),
      };
    } finally {
      packed.close();
    }
  }
  const files = await openImages(path, open);
  try {
    const decoding = {
      convert: true,
      skipDamaged,
      ...(onDamaged && { onDamaged }),
      ...(workers !== undefined && { workers }),
    };
    return {
      kind: 'pictures',
      name: files.name,
      count: files.paths.length,
      classes: classesIn(files),
      ...(files.skipped && { skipped: files.skipped }),
      ...(moments && { moments: await pixelMoments(files, decoding) }),
    };
  } finally {
    await files.close();
  }
}

function classesIn({
  labels,
  classNames,
}: {
  readonly labels?: Int32Array;
  readonly classNames?: readonly string[];
}): Found['classes'] {
  if (labels === undefined) return [];
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return [...counts]
    .sort(([a], [b]) => a - b)
    .map(([label, count]) => ({
      name: label === NO_CLASS ? 'no class' : (classNames?.[label] ?? String(label)),
      count,
    }));
}
