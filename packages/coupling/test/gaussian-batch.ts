import type { Batch, Rng } from '@immiscible/core';
import ndarray, { type NdArray } from 'ndarray';

export interface GaussianBatchOptions {
  readonly count: number;
  /** Of one image. */
  readonly shape: readonly number[];
  /** Root mean square of the images' values; 1 if not given. */
  readonly rms?: number;
  /** Labels count up to it and start again; none if not given. */
  readonly classes?: number;
}

/** Images with independent normal values, and noise. */
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

/** Row i, as a plain array. */
export function row({ data, shape, size }: NdArray<Float32Array>, i: number): number[] {
  const length = size / (shape[0] as number);
  return Array.from(data.subarray(i * length, (i + 1) * length));
}

/** All rows as strings, sorted: equal for two arrays if and only if one is a permutation of the other's rows. */
export function rowMultiset(array: NdArray<Float32Array>): string[] {
  return Array.from({ length: array.shape[0] as number }, (_, i) => row(array, i).join()).sort();
}

/** Σ_i cost(x0[i], noise[order[i]]), written out. */
export function pairedCost(
  { x0, noise }: Batch,
  order: readonly number[],
  cost: (distance2: number) => number,
): number {
  return order.reduce((sum, from, i) => {
    const n = row(noise, from);
    return sum + cost(row(x0, i).reduce((total, x, p) => total + (x - (n[p] as number)) ** 2, 0));
  }, 0);
}

/** All orders of 0 … n − 1. */
export function permutations(n: number): number[][] {
  if (n === 0) return [[]];
  return permutations(n - 1).flatMap((shorter) =>
    Array.from({ length: n }, (_, at) => [...shorter.slice(0, at), n - 1, ...shorter.slice(at)]),
  );
}
