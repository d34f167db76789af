import { type Images, rowMajor } from '@immiscible/core';
import ndarray, { type NdArray } from 'ndarray';
import { checkImageRange, type Dataset, imageBytes } from './dataset.js';

/** float32 value of each byte: `v/127.5 − 1`, in [−1, 1]. */
export const pixelValue: Float32Array = Float32Array.from({ length: 256 }, (_, v) => v / 127.5 - 1);

/**
 * The images `start` … `end − 1` in the data set's own order, as a model sees them: `x0 = v/127.5 − 1`.
 *
 * @param dataset - borrowed
 * @param start - @defaultValue 0
 * @param end - @defaultValue N
 * @returns float32 `[end − start,H,W,C]` in [−1, 1], and their labels where there are any; new arrays
 * @throws RangeError unless 0 ≤ start < end ≤ N, integers
 */
export function toImages(
  dataset: Dataset,
  start = 0,
  end: number = dataset.images.shape[0] as number,
): Images {
  const { images, labels } = dataset;
  const count = images.shape[0] as number;
  checkImageRange('toImages', start, end, count);
  const data = imageBytes('toImages', images);
  const size = images.size / count;
  const out = new Float32Array((end - start) * size);
  for (let i = 0; i < out.length; i++) out[i] = pixelValue[data[start * size + i] as number] as number;
  const x0 = ndarray(out, [end - start, ...images.shape.slice(1)]);
  return labels === undefined ? { x0 } : { x0, labels: labels.slice(start, end) };
}

/**
 * Bytes to look at: `round(127.5·(x + 1))`, cut to 0…255. The inverse of {@link toImages}; NaN becomes 0.
 *
 * @param x - float32, any shape and strides; borrowed
 * @returns uint8 of the same shape; a new array
 */
export function toBytes(x: NdArray<Float32Array>): NdArray<Uint8Array> {
  // A clamped array rounds to the nearest and cuts by itself.
  const bytes = Uint8ClampedArray.from(rowMajor('toBytes', 'x', x), (value) => 127.5 * (value + 1));
  return ndarray(new Uint8Array(bytes.buffer), [...x.shape]);
}
