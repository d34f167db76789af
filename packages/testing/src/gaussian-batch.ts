import type { Batch, Rng } from '@immiscible/core';
import ndarray, { type NdArray } from 'ndarray';

/** Options of {@link gaussianBatch}. */
export interface GaussianBatchOptions {
  /** How many images. */
  readonly count: number;
  /** Of one image. */
  readonly shape: readonly number[];
  /** Root mean square of the images' values; 1 if not given. */
  readonly rms?: number;
  /** Labels count up to it and start again; none if not given. */
  readonly classes?: number;
}

/**
 * Images with independent normal values, and noise.
 *
 * @param rng - draws them
 * @param options - how many, of which shape and size, with labels or not
 */
export function gaussianBatch(rng: Rng, options: GaussianBatchOptions): Batch {
  const { count, shape, rms = 1, classes } = options;
  const size = count * shape.reduce((product, length) => product * length, 1);
  const images = rng.fillNormal(new Float32Array(size)).map((x) => rms * x);
  const batch = {
    x0: ndarray(images, [count, ...shape]),
    noise: ndarray(rng.fillNormal(new Float32Array(size)), [count, ...shape]),
  };
  return classes === undefined
    ? batch
    : { ...batch, labels: Int32Array.from({ length: count }, (_, i) => i % classes) };
}

/**
 * A row as a plain array.
 *
 * @param array - `[B,…]`, contiguous
 * @param i - which, from 0
 */
export function row(array: NdArray<Float32Array>, i: number): number[] {
  const { data, shape, size } = array;
  const length = size / (shape[0] as number);
  return Array.from(data.subarray(i * length, (i + 1) * length));
}

/**
 * All rows as strings, sorted: equal for two arrays if and only if one is a permutation of the other's rows.
 *
 * @param array - `[B,…]`, contiguous
 */
export function rowMultiset(array: NdArray<Float32Array>): string[] {
  return Array.from({ length: array.shape[0] as number }, (_, i) => row(array, i).join()).sort();
}
