import { check, checkInteger } from '@immiscible/core';
import ndarray, { type NdArray } from 'ndarray';
import { availableParallelism } from 'node:os';
import { createDataset, type Dataset } from '../dataset.js';
import { type BlockOutput, type FitOptions, sizeError } from './decode-block.js';
import { decodePool } from './decode-pool.js';
import type { Crop } from './fit-picture.js';
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
   * proportions (a square, if there is no size). Or {@link RecipeCrop}, which resizes as a published data set was made.
   * @defaultValue nothing: a picture of other proportions is an error
   */
  readonly crop?: Crop;
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

/** Pictures of any size, which may be large, are fewer at once. */
const PER_MIXED_BLOCK = 16;

/** Decodes all pictures, in order, with blocks under way in the workers; a bounded number of them is in memory. */
async function* decodedBlocks(
  files: ImageFiles,
  { onProgress, workers = Math.min(8, Math.max(1, availableParallelism() - 1)) }: LoadImagesOptions,
  options: FitOptions,
): AsyncGenerator<{ readonly names: readonly string[]; readonly output: BlockOutput }> {
  checkInteger('loadImages', 'workers', workers, 0);
  const count = files.paths.length;
  const perBlock = options.anySize ? PER_MIXED_BLOCK : PER_BLOCK;
  const pool = decodePool(workers);
  const underWay: { names: readonly string[]; output: Promise<BlockOutput> }[] = [];
  let asked = 0;
  let done = 0;
  try {
    while (done < count) {
      while (asked < count && underWay.length < pool.width) {
        const end = Math.min(count, asked + perBlock);
        const names = files.paths.slice(asked, end);
        const bytes: Uint8Array[] = [];
        if (!files.onDisk) for (let i = asked; i < end; i++) bytes.push(await files.read(i));
        const output = pool.run({ names, options, ...(!files.onDisk && { bytes }) });
        // A failure is met in its turn.
        output.catch(() => {});
        underWay.push({ names, output });
        asked = end;
      }
      const { names, output } = underWay.shift() as (typeof underWay)[number];
      const found = await output;
      done += names.length;
      onProgress?.(done, count);
      yield { names, output: found };
    }
  } finally {
    await pool.close();
  }
}

/** All pictures as images of one size, in order, some at a time. */
export async function* decodeImages(
  files: ImageFiles,
  options: LoadImagesOptions,
): AsyncGenerator<ImageBlock> {
  const { size, crop } = options;
  const [height, width] = typeof size === 'number' ? [size, size] : (size ?? [1, 1]);
  checkInteger('loadImages', 'size', height, 1);
  checkInteger('loadImages', 'size', width, 1);
  const fit = {
    ...decodeOptions(options),
    ...(crop && { crop }),
    ...(size !== undefined && { size: [height, width] as const }),
  };
  let first: readonly [number, number, number] | undefined;
  for await (const { names, output } of decodedBlocks(files, options, fit)) {
    const { pixels, shape } = output;
    first ??= shape;
    if (shape[0] !== first[0] || shape[1] !== first[1]) {
      const sizes = [shape, first].map(([h, w]) => ({ height: h, width: w })) as [never, never];
      throw sizeError(names[0] as string, ...sizes);
    }
    yield { pixels, count: names.length, shape };
  }
}

/**
 * All pictures one by one, in order, each in its own size; a bounded number of them is in memory.
 *
 * @returns uint8 `[H,W,C]` each
 * @throws RangeError naming the picture that is damaged, too large, or of another kind than is asked for
 */
export async function* eachPicture(
  files: ImageFiles,
  options: Omit<LoadImagesOptions, 'size' | 'crop'> = {},
): AsyncGenerator<NdArray<Uint8Array>> {
  const fit = { ...decodeOptions(options), anySize: true };
  for await (const { output } of decodedBlocks(files, options, fit)) {
    let at = 0;
    for (const [height, width] of output.sizes) {
      const end = at + height * width * fit.channels;
      yield ndarray(output.pixels.subarray(at, end), [height, width, fit.channels]);
      at = end;
    }
  }
}

function decodeOptions({ channels = 3, convert = false, maximumPixels = 2 ** 26 }: LoadImagesOptions): {
  readonly channels: 1 | 3;
  readonly convert: boolean;
  readonly maximumPixels: number;
} {
  check(channels === 1 || channels === 3, 'loadImages', 'channels', '1 or 3', channels);
  return { channels, convert, maximumPixels };
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
