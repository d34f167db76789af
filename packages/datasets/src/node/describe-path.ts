import { checkOptions, NO_CLASS, type OptionKeys } from '@immiscible/core';
import { stat } from 'node:fs/promises';
import type { LoadImagesOptions } from './load-options.js';
import { OPEN_IMAGES_OPTIONS, openImages, type OpenImagesOptions } from './open-images.js';
import { openPacked } from './open-packed.js';
import { openWhole } from './open-whole.js';
import { type PixelMoments, pixelMoments } from './pixel-moments.js';

/** What is at a path. */
export interface PathDescription {
  /** A packed file, pictures to be decoded, or images in a format of their own (CIFAR, IDX). */
  readonly kind: 'packed file' | 'pictures' | 'images';
  /** The data set's. */
  readonly name: string;
  /** Number of images. */
  readonly count: number;
  /** `[H,W,C]`; of pictures it isn't known without decoding them. */
  readonly shape?: readonly number[];
  /** Images of each class, where there are labels. */
  readonly classes: readonly { readonly name: string; readonly count: number }[];
  /** Of a packed file: SHA-256 of images and labels. */
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
  /** Of `moments`: told which pictures were left out. */
  readonly onDamaged?: LoadImagesOptions['onDamaged'];
}

const DESCRIBE_KEYS = {
  ...OPEN_IMAGES_OPTIONS,
  verify: true,
  moments: true,
  workers: true,
  skipDamaged: true,
  onDamaged: true,
} satisfies OptionKeys<DescribeOptions>;

/**
 * Looks at a packed file, a folder or an archive, without decoding anything (unless `moments` are asked for).
 *
 * @param path - a packed file, a folder, an archive, or a data set in one file
 * @param options - what to look at, see {@link DescribeOptions}
 * @throws RangeError if it is none of these, or damaged
 */
export async function describePath(path: string, options: DescribeOptions = {}): Promise<PathDescription> {
  checkOptions('describePath', options, DESCRIBE_KEYS);
  const { verify = false, moments = false, workers, skipDamaged = false, onDamaged, ...open } = options;
  const isFile = await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
  const whole = isFile ? await openWhole(path, open.split) : undefined;
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
    return describePacked(path, verify, moments);
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

async function describePacked(path: string, verify: boolean, moments: boolean): Promise<PathDescription> {
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

function classesIn({
  labels,
  classNames,
}: {
  readonly labels?: Int32Array;
  readonly classNames?: readonly string[];
}): PathDescription['classes'] {
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
