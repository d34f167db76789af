import { check, checkInteger } from '@immiscible/core';
import ndarray from 'ndarray';
import { availableParallelism } from 'node:os';
import { createDataset, type Dataset } from '../dataset.js';
import { sizeError } from './decode-block.js';
import { decodePool } from './decode-pool.js';
import type { CropBox } from './fit-picture.js';
import type { ImageFiles } from './image-files.js';

/** @see {@link loadImages} */
export interface LoadImagesOptions {
  /**
   * A side, or height and width. Pictures are made smaller by area averages, never larger.
   * @defaultValue that of the first picture, which all must have
   */
  readonly size?: number | readonly [height: number, width: number];
  /**
   * What to cut out first: a box in pixels, or `'centre'` for the largest part in the middle that has the size's
   * proportions (a square, if there is no size).
   * @defaultValue nothing: a picture of other proportions is an error
   */
  readonly crop?: CropBox | 'centre';
  /**
   * 3 for RGB, 1 for grey.
   * @defaultValue 3
   */
  readonly channels?: 1 | 3;
  /**
   * Bring pictures of another kind (grey, alpha, 16 bits) to `channels` instead of refusing them.
   * @defaultValue false
   */
  readonly convert?: boolean;
  /**
   * Threads that decode; 0 for this one. The result doesn't depend on it.
   * @defaultValue one less than there are processors, 1 to 8
   */
  readonly workers?: number;
  /**
   * The most pixels that one picture may have.
   * @defaultValue 2²⁶, 8,192×8,192
   */
  readonly maximumPixels?: number;
  /** Told how many pictures are done. */
  readonly onProgress?: (done: number, count: number) => void;
}

/** Images in order, some at a time. */
export interface ImageBlock {
  readonly pixels: Uint8Array;
  readonly count: number;
  /** `[H,W,C]`. */
  readonly shape: readonly [number, number, number];
}

const PER_BLOCK = 128;

/** Decodes all pictures, in order, with blocks under way in the workers; a bounded number of them is in memory. */
export async function* decodeImages(
  files: ImageFiles,
  options: LoadImagesOptions,
): AsyncGenerator<ImageBlock> {
  const fn = 'loadImages';
  const { size, crop, channels = 3, convert = false, maximumPixels = 2 ** 26, onProgress } = options;
  const { workers = Math.min(8, Math.max(1, availableParallelism() - 1)) } = options;
  checkInteger(fn, 'workers', workers, 0);
  check(channels === 1 || channels === 3, fn, 'channels', '1 or 3', channels);
  const [height, width] = typeof size === 'number' ? [size, size] : (size ?? [1, 1]);
  checkInteger(fn, 'size', height, 1);
  checkInteger(fn, 'size', width, 1);
  const fit = {
    channels,
    convert,
    maximumPixels,
    ...(crop && { crop }),
    ...(size !== undefined && { size: [height, width] as const }),
  };
  const count = files.paths.length;
  const pool = decodePool(workers);
  const underWay: { names: readonly string[]; output: ReturnType<typeof pool.run> }[] = [];
  let asked = 0;
  let done = 0;
  let first: readonly [number, number, number] | undefined;
  try {
    while (done < count) {
      while (asked < count && underWay.length < pool.width) {
        const end = Math.min(count, asked + PER_BLOCK);
        const names = files.paths.slice(asked, end);
        const bytes: Uint8Array[] = [];
        if (!files.onDisk) for (let i = asked; i < end; i++) bytes.push(await files.read(i));
        const output = pool.run({ names, options: fit, ...(!files.onDisk && { bytes }) });
        // A failure is met in its turn.
        output.catch(() => {});
        underWay.push({ names, output });
        asked = end;
      }
      const { names, output } = underWay.shift() as (typeof underWay)[number];
      const { pixels, shape } = await output;
      first ??= shape;
      if (shape[0] !== first[0] || shape[1] !== first[1]) {
        const sizes = [shape, first].map(([h, w]) => ({ height: h, width: w })) as [never, never];
        throw sizeError(names[0] as string, ...sizes);
      }
      done += names.length;
      onProgress?.(done, count);
      yield { pixels, count: names.length, shape };
    }
  } finally {
    await pool.close();
  }
}

/**
 * Decodes pictures into memory, as bytes. For what doesn't fit there, see `packImages`.
 *
 * @returns a data set as `batches` takes it, its images in the files' order
 * @throws RangeError naming the picture that is damaged, too large, of another size, or of another kind (grey, alpha,
 *   16 bits) than is asked for
 */
export async function loadImages(files: ImageFiles, options: LoadImagesOptions = {}): Promise<Dataset> {
  const count = files.paths.length;
  let data: Uint8Array | undefined;
  let shape: readonly number[] = [];
  let filled = 0;
  for await (const block of decodeImages(files, options)) {
    shape = block.shape;
    data ??= new Uint8Array(count * (block.pixels.length / block.count));
    data.set(block.pixels, filled);
    filled += block.pixels.length;
  }
  const { name, labels, classNames, allowsFlip } = files;
  return createDataset({
    name,
    images: ndarray(data ?? new Uint8Array(0), [count, ...shape]),
    ...(labels && { labels }),
    ...(classNames && { classNames }),
    allowsFlip,
  });
}
