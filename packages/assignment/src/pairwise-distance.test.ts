import { createRng } from '@immiscible/core';
import ndarray from 'ndarray';
import { describe, expect, it } from 'vitest';
import { pairwiseDistance } from './pairwise-distance.js';

const rng = createRng(0);
const normal = (...shape: number[]) =>
  ndarray(rng.fillNormal(new Float32Array(shape.reduce((a, b) => a * b, 1))), shape);

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
        expect(Math.abs(squared.get(i, j) - sum)).toBeLessThanOrEqual(1e-12 * (1 + sum));
        expect(Math.abs(root.get(i, j) - Math.sqrt(sum))).toBeLessThanOrEqual(1e-6 * (1 + sum));
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
    for (let i = 0; i < 6; i++) expect(data[i * 7]).toBeLessThan(1e-6);
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
