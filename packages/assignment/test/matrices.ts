import type { Rng } from '@immiscible/core';
import ndarray, { type NdArray } from 'ndarray';

export type Matrix = NdArray<Float64Array>;

export function matrix(rows: number, cols: number, f: (i: number, j: number) => number): Matrix {
  return ndarray(
    Float64Array.from({ length: rows * cols }, (_, k) => f(Math.floor(k / cols), k % cols)),
    [rows, cols],
  );
}

/** Kinds of costs that solvers find easy or hard, by name. */
export function families(n: number, rng: Rng): Record<string, Matrix> {
  const points = Array.from({ length: 2 * n }, () => [rng.uniform(), rng.uniform()] as const);
  const left = Array.from({ length: n }, () => rng.normal());
  const right = Array.from({ length: n }, () => rng.normal());
  const images = Array.from({ length: n }, () => Array.from({ length: 20 }, () => 2 * rng.uniform() - 1));
  const noises = Array.from({ length: n }, () => Array.from({ length: 20 }, () => rng.normal()));
  const block = Math.ceil(n / 3);
  return {
    uniform: matrix(n, n, () => rng.uniform()),
    'integers 0-100': matrix(n, n, () => rng.integer(0, 101)),
    'integers 0-2': matrix(n, n, () => rng.integer(0, 3)),
    '2-D Euclidean': matrix(n, n, (i, j) =>
      Math.hypot(points[i]![0] - points[n + j]![0], points[i]![1] - points[n + j]![1]),
    ),
    'low rank': matrix(n, n, (i, j) => left[i]! * right[j]!),
    'image-noise': matrix(n, n, (i, j) =>
      images[i]!.reduce((sum, x, d) => sum + (x - noises[j]![d]!) ** 2, 0),
    ),
    'Machol-Wien': matrix(n, n, (i, j) => (i + 1) * (j + 1)),
    diagonal: matrix(n, n, (i, j) => (i === j ? 0 : 1 + rng.uniform())),
    'all equal': matrix(n, n, () => 7),
    'all zero': matrix(n, n, () => 0),
    'block-sparse': matrix(n, n, (i, j) =>
      Math.floor(i / block) === Math.floor(j / block) ? rng.uniform() : Infinity,
    ),
    'huge offset': matrix(n, n, () => 1e12 + rng.uniform()),
    'heavy tail': matrix(n, n, () => Math.exp(8 * rng.normal())),
  };
}
