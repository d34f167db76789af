import { check, checkBytes, checkInteger, checkOptions } from '@immiscible/core';
import ndarray, { type NdArray } from 'ndarray';
import { createDataset, type Dataset } from '../dataset.js';
import { type FitOptions, sizeError } from './decode-block.js';
import { decodedBlocks } from './decoded-blocks.js';
import type { ImageFiles } from './image-files.js';
import { EACH_PICTURE_OPTIONS, LOAD_IMAGES_OPTIONS, type LoadImagesOptions } from './load-options.js';

/** Images in order, some at a time. */
export interface ImageBlock {
  readonly pixels: Uint8Array;
  readonly count: number;
  /** `[H,W,C]`. */
  readonly shape: readonly [number, number, number];
  /** Which of the source's images these are, where some may be left out. */
  readonly kept?: readonly number[];
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
 * @param files - pictures wherever they lie; they stay open
 * @param options - how to cut, resize, convert and decode them
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
 * @param files - pictures wherever they lie; they stay open
 * @param options - how to cut, resize, convert and decode them
 * @returns a data set as `batches` takes it, its images in the files' order
 * @throws RangeError naming the picture that is damaged, too large, of another size, or of another kind (gray, alpha,
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
