import { checkBytes, checkOptions } from '@immiscible/core';
import { type Dataset, imageBytes } from '../dataset.js';
import type { ImageFiles } from './image-files.js';
import { eachPicture } from './load-images.js';
import { EACH_PICTURE_OPTIONS, type LoadImagesOptions } from './load-options.js';
import type { PackedDataset } from './open-packed.js';

/** Mean and standard deviation of each channel. */
export interface PixelMoments {
  /** Of bytes divided by 255, as torchvision's `Normalize` takes them. */
  readonly mean: readonly number[];
  /** Over all pixels, divided by their number. */
  readonly std: readonly number[];
  /** Pixels of a channel. */
  readonly pixels: number;
  /** Smallest and largest `[H,W]`, each side by itself. */
  readonly smallest: readonly [number, number];
  /** Likewise the largest. */
  readonly largest: readonly [number, number];
}

/** Images read at once. */
const PART = 256;

/**
 * Mean and standard deviation of a data set's pixels, by exact sums of bytes; pictures may differ in size.
 *
 * @param source - images in memory, of a packed file, or pictures
 * @param options - how to decode pictures
 * @throws RangeError as `loadImages` does
 */
export async function pixelMoments(
  source: Dataset | PackedDataset | ImageFiles,
  options: Omit<LoadImagesOptions, 'size' | 'crop'> = {},
): Promise<PixelMoments> {
  checkOptions('pixelMoments', options, EACH_PICTURE_OPTIONS);
  const histograms: Float64Array[] = [];
  let pixels = 0;
  const smallest: [number, number] = [Infinity, Infinity];
  const largest: [number, number] = [0, 0];
  const add = (data: Uint8Array, height: number, width: number, channels: number): void => {
    while (histograms.length < channels) histograms.push(new Float64Array(256));
    for (let c = 0; c < channels; c++) {
      const histogram = histograms[c] as Float64Array;
      for (let i = c; i < data.length; i += channels) histogram[data[i] as number]!++;
    }
    pixels += data.length / channels;
    [height, width].forEach((side, axis) => {
      smallest[axis] = Math.min(smallest[axis] as number, side);
      largest[axis] = Math.max(largest[axis] as number, side);
    });
  };
  if ('images' in source) {
    const [, height = 0, width = 0, channels = 0] = source.images.shape;
    add(imageBytes('pixelMoments', source.images), height, width, channels);
  } else if ('imageShape' in source) {
    const [height, width, channels] = source.imageShape;
    const size = height * width * channels;
    checkBytes('pixelMoments', source.name, PART * size);
    const all = new Uint8Array(PART * size);
    for (let start = 0; start < source.count; start += PART) {
      const count = Math.min(PART, source.count - start);
      const part = all.subarray(0, count * size);
      await source.read(
        Int32Array.from({ length: count }, (_, i) => start + i),
        part,
      );
      add(part, height, width, channels);
    }
  } else {
    for await (const { data, offset, size, shape } of eachPicture(source, options)) {
      const [height = 0, width = 0, channels = 0] = shape;
      add(data.subarray(offset, offset + size), height, width, channels);
    }
  }
  const moments = histograms.map((histogram) => {
    const mean = histogram.reduce((sum, count, value) => sum + count * value, 0) / pixels;
    const variance = histogram.reduce((sum, count, value) => sum + count * (value - mean) ** 2, 0) / pixels;
    return { mean: mean / 255, std: Math.sqrt(variance) / 255 };
  });
  return {
    mean: moments.map(({ mean }) => mean),
    std: moments.map(({ std }) => std),
    pixels,
    smallest,
    largest,
  };
}
