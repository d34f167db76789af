import type { Rng } from '@immiscible/core';
import ndarray, { type NdArray } from 'ndarray';

/**
 * A cost matrix.
 *
 * @param rows - how many
 * @param cols - how many
 * @param cost - of each pair
 */
export function costsOf(
  rows: number,
  cols: number,
  cost: (i: number, j: number) => number,
): NdArray<Float64Array> {
  return ndarray(
    Float64Array.from({ length: rows * cols }, (_, k) => cost(Math.floor(k / cols), k % cols)),
    [rows, cols],
  );
}

/**
 * Square costs of kinds that solvers find easy or hard, by name. `block-sparse` has forbidden pairs.
 *
 * @param n - rows and columns
 * @param rng - draws them
 */
export function costFamilies(n: number, rng: Rng): Record<string, NdArray<Float64Array>> {
  const points = Array.from({ length: 2 * n }, () => [rng.uniform(), rng.uniform()] as const);
  const left = Array.from({ length: n }, () => rng.normal());
  const right = Array.from({ length: n }, () => rng.normal());
  const images = Array.from({ length: n }, () => Array.from({ length: 20 }, () => 2 * rng.uniform() - 1));
  const noises = Array.from({ length: n }, () => Array.from({ length: 20 }, () => rng.normal()));
  const block = Math.ceil(n / 3);
  const distance = (a: readonly number[], b: readonly number[]) =>
    a.reduce((sum, x, d) => sum + (x - (b[d] as number)) ** 2, 0);
  const at = <T>(list: readonly T[], i: number) => list[i] as T;
  return {
    uniform: costsOf(n, n, () => rng.uniform()),
    'integers 0-100': costsOf(n, n, () => rng.integer(0, 101)),
    'integers 0-2': costsOf(n, n, () => rng.integer(0, 3)),
    '2-D Euclidean': costsOf(n, n, (i, j) => Math.sqrt(distance(at(points, i), at(points, n + j)))),
    'low rank': costsOf(n, n, (i, j) => at(left, i) * at(right, j)),
    'image-noise': costsOf(n, n, (i, j) => distance(at(images, i), at(noises, j))),
    'Machol-Wien': costsOf(n, n, (i, j) => (i + 1) * (j + 1)),
    diagonal: costsOf(n, n, (i, j) => (i === j ? 0 : 1 + rng.uniform())),
    'all equal': costsOf(n, n, () => 7),
    'all zero': costsOf(n, n, () => 0),
    'block-sparse': costsOf(n, n, (i, j) =>
      Math.floor(i / block) === Math.floor(j / block) ? rng.uniform() : Infinity,
    ),
    'huge offset': costsOf(n, n, () => 1e12 + rng.uniform()),
    'heavy tail': costsOf(n, n, () => Math.exp(8 * rng.normal())),
  };
}
