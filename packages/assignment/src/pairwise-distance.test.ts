import { createRng } from '@immiscible/core';
import ndarray from 'ndarray';
import { describe, expect, it } from 'vitest';
import { pairwiseDistance } from './pairwise-distance.js';

const rng = createRng(0);
const normal = (...shape: number[]) =>
  ndarray(rng.fillNormal(new Float32Array(shape.reduce((a, b) => a * b, 1))), shape);

const norm = (x: ReturnType<typeof normal>, i: number) => {
  let sum = 0;
  for (let d = 0; d < x.shape[1]!; d++) sum += x.get(i, d) ** 2;
  return Math.sqrt(sum);
};

describe('pairwiseDistance', () => {
  it.each([
    [1, 1, 1],
    [5, 7, 3],
    [9, 13, 1100],
    [4, 8, 512],
    [3, 2, 0],
  ])('is the sum of squared differences: %i × %i rows of %i', (n, m, size) => {
    const x = normal(n, size);
    const y = normal(m, size);
    const squared = pairwiseDistance(x, y);
    const root = pairwiseDistance(x, y, { metric: 'l2' });
    expect(squared.shape).toEqual([n, m]);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < m; j++) {
        let sum = 0;
        for (let d = 0; d < size; d++) sum += (x.get(i, d) - y.get(j, d)) ** 2;
        // 2x·y is rounded as float32 numbers of the size of ‖x‖·‖y‖ are.
        const norms = 1 + norm(x, i) * norm(y, j);
        expect(Math.abs(squared.get(i, j) - sum)).toBeLessThanOrEqual(1e-6 * norms);
        expect(Math.abs(root.get(i, j) ** 2 - sum)).toBeLessThanOrEqual(1e-6 * norms);
      }
    }
  });

  it('adds up float64 rows in float64', () => {
    const x = normal(7, 900);
    const wide = ndarray(Float64Array.from(x.data), x.shape);
    const { data } = pairwiseDistance(wide, wide);
    for (let i = 0; i < 7; i++) {
      for (let j = 0; j < 7; j++) {
        let sum = 0;
        for (let d = 0; d < 900; d++) sum += (x.get(i, d) - x.get(j, d)) ** 2;
        expect(Math.abs(data[7 * i + j]! - sum)).toBeLessThan(1e-11);
      }
    }
  });

  it('flattens rows: images compare as their pixels', () => {
    const x = normal(3, 4, 2, 1);
    const y = normal(2, 4, 2, 1);
    const flat = (a: typeof x) => ndarray(a.data, [a.shape[0]!, 8]);
    expect(pairwiseDistance(x, y).data).toEqual(pairwiseDistance(flat(x), flat(y)).data);
  });

  it('gives zero, not NaN, for equal rows', () => {
    const x = normal(6, 333);
    const { data } = pairwiseDistance(x, x, { metric: 'l2' });
    for (let i = 0; i < 6; i++) expect(data[i * 7]).toBeLessThan(1e-3 * norm(x, i));
    expect(data.every((d) => d >= 0)).toBe(true);
  });

  it('lets a NaN through to where the solver names it', () => {
    const x = normal(2, 3);
    x.set(1, 2, NaN);
    expect(pairwiseDistance(x, normal(2, 3)).get(1, 0)).toBeNaN();
  });

  it('refuses rows of different size, views with gaps, unknown metrics', () => {
    expect(() => pairwiseDistance(normal(2, 3), normal(2, 4))).toThrow(/rows of 3 numbers like x, got 4/);
    expect(() => pairwiseDistance(normal(4, 3).step(1, 2), normal(2, 2))).toThrow(/contiguous/);
    expect(() => pairwiseDistance(normal(1, 1), normal(1, 1), { metric: 'l1' as never })).toThrow(
      /metric must be/,
    );
  });
});
