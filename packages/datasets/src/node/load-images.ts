import { check, checkBytes, checkInteger, checkOptions, type OptionKeys } from '@immiscible/core';
import ndarray, { type NdArray } from 'ndarray';
import { availableParallelism } from 'node:os';
import { createDataset, type Dataset } from '../dataset.js';
import { type BlockOutput, type FitOptions, sizeError, type SkippedPicture } from './decode-block.js';
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
  /**
   * Leave out pictures that are damaged or can't be read, labels too, instead of failing at the first. At the end a
   * warning names them, unless `onDamaged` is told.
   * @defaultValue false
   */
  readonly skipDamaged?: boolean;
  /** Told at the end which pictures were left out, if any. */
  readonly onDamaged?: (skipped: readonly SkippedPicture[]) => void;
  /** Told how many pictures are done. */
  readonly onProgress?: (done: number, count: number) => void;
}

export const LOAD_IMAGES_OPTIONS: OptionKeys<LoadImagesOptions> = {
  size: true,
  crop: true,
  channels: true,
  convert: true,
  workers: true,
  maximumPixels: true,
  skipDamaged: true,
  onDamaged: true,
  onProgress: true,
};
export const EACH_PICTURE_OPTIONS: readonly string[] = Object.keys(LOAD_IMAGES_OPTIONS).filter(
  (key) => key !== 'size' && key !== 'crop',
);

/** Images in order, some at a time. */
export interface ImageBlock {
  readonly pixels: Uint8Array;
  readonly count: number;
  /** `[H,W,C]`. */
  readonly shape: readonly [number, number, number];
  /** Which of the source's images these are, where some may be left out. */
  readonly kept?: readonly number[];
}

const PER_BLOCK = 128;

/** Pictures of any size, which may be large, are fewer at once. */
const PER_MIXED_BLOCK = 16;

/** Decodes all pictures, in order, with blocks under way in the workers; a bounded number of them is in memory. */
async function* decodedBlocks(
  files: ImageFiles,
  {
    onProgress,
    onDamaged = warnOfDamaged,
    workers = Math.min(8, Math.max(1, availableParallelism() - 1)),
  }: LoadImagesOptions,
  options: FitOptions,
): AsyncGenerator<{
  readonly names: readonly string[];
  readonly start: number;
  readonly output: BlockOutput;
}> {
  checkInteger('loadImages', 'workers', workers, 0);
  const count = files.paths.length;
  const perBlock = options.anySize ? PER_MIXED_BLOCK : PER_BLOCK;
  const pool = decodePool(workers);
  const underWay: { names: readonly string[]; output: Promise<BlockOutput> }[] = [];
  const damaged: SkippedPicture[] = [];
  let asked = 0;
  let done = 0;
  try {
    while (done < count) {
      while (asked < count && underWay.length < pool.width) {
        const end = Math.min(count, asked + perBlock);
        const names = files.paths.slice(asked, end);
        const bytes: (Uint8Array | string)[] = [];
        if (!files.onDisk) for (let i = asked; i < end; i++) bytes.push(await readOr(files, i, options));
        const output = pool.run({ names, options, ...(!files.onDisk && { bytes }) });
        // A failure is met in its turn.
        output.catch(() => {});
        underWay.push({ names, output });
        asked = end;
      }
      const { names, output } = underWay.shift() as (typeof underWay)[number];
      const found = await output;
      const start = done;
      done += names.length;
      damaged.push(...found.damaged);
      onProgress?.(done, count);
      yield { names, start, output: found };
    }
    if (damaged.length === count) {
      throw new RangeError(
        `loadImages: ${files.name} must hold pictures that can be read, got ${count} that are damaged; ${damaged[0]?.problem}`,
      );
    }
    if (damaged.length > 0) onDamaged(damaged);
  } finally {
    await pool.close();
  }
}

/** A picture's bytes; of a damaged archive's, where those are to be left out, what is wrong. */
async function readOr(files: ImageFiles, index: number, options: FitOptions): Promise<Uint8Array | string> {
  try {
    return await files.read(index);
  } catch (error) {
    if (options.skipDamaged && error instanceof RangeError) return error.message;
    throw error;
  }
}

function warnOfDamaged(skipped: readonly SkippedPicture[]): void {
  process.emitWarning(damagedText(skipped));
}

/** `2 damaged pictures skipped:`, and each with what is wrong with it. */
export function damagedText(skipped: readonly SkippedPicture[]): string {
  const lines = skipped.map(({ problem }) => `  ${problem}`);
  return [
    `${skipped.length} damaged ${skipped.length === 1 ? 'picture' : 'pictures'} skipped:`,
    ...lines,
  ].join('\n');
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
  for await (const { names, start, output } of decodedBlocks(files, options, fit)) {
    const { pixels, shape, kept } = output;
    if (kept.length === 0) continue;
    first ??= shape;
    if (shape[0] !== first[0] || shape[1] !== first[1]) {
      const sizes = [shape, first].map(([h, w]) => ({ height: h, width: w })) as [never, never];
      throw sizeError(names[kept[0] as number] as string, ...sizes);
    }
    yield { pixels, count: kept.length, shape, kept: kept.map((i) => start + i) };
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
  checkOptions('eachPicture', options, EACH_PICTURE_OPTIONS);
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

function decodeOptions({
  channels = 3,
  convert = false,
  maximumPixels = 2 ** 26,
  skipDamaged = false,
}: LoadImagesOptions): FitOptions {
  const fn = 'loadImages';
  check(channels === 1 || channels === 3, fn, 'channels', '1 or 3', channels);
  check(maximumPixels >= 1, fn, 'maximumPixels', 'at least 1', maximumPixels);
  return { channels, convert, maximumPixels, skipDamaged };
}

/**
 * Decodes pictures into memory, as bytes. For what doesn't fit there, see `packImages`.
 *
 * @returns a data set as `batches` takes it, its images in the files' order
 * @throws RangeError naming the picture that is damaged, too large, of another size, or of another kind (grey, alpha,
 *   16 bits) than is asked for
 */
export async function loadImages(files: ImageFiles, options: LoadImagesOptions = {}): Promise<Dataset> {
  const fn = 'loadImages';
  checkOptions(fn, options, LOAD_IMAGES_OPTIONS);
  const count = files.paths.length;
  let data: Uint8Array | undefined;
  let shape: readonly number[] = [];
  let filled = 0;
  const kept: number[] = [];
  for await (const block of decodeImages(files, options)) {
    shape = block.shape;
    const size = block.pixels.length / block.count;
    if (data === undefined)
      checkBytes(fn, `${files.name} (${count} images of ${shape.join('×')})`, count * size);
    data ??= new Uint8Array(count * size);
    data.set(block.pixels, filled);
    filled += block.pixels.length;
    kept.push(...(block.kept as readonly number[]));
  }
  const { name, labels, classNames, allowsFlip } = files;
  return createDataset({
    name,
    images: ndarray((data ?? new Uint8Array(0)).subarray(0, filled), [kept.length, ...shape]),
    ...(labels && { labels: labelsOfKept(labels, kept) }),
    ...(classNames && { classNames }),
    allowsFlip,
  });
}

/** Labels of the images that are there. */
export function labelsOfKept(labels: Int32Array, kept: readonly number[]): Int32Array {
  return kept.length === labels.length ? labels : Int32Array.from(kept, (i) => labels[i] as number);
}
