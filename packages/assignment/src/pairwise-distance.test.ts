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

  it.each([
    [5, 7, 3],
    [100, 13, 1101],
  ])('is the sum of absolute differences, and the angle: %i × %i rows of %i', (n, m, size) => {
    const x = normal(n, size);
    const y = normal(m, size);
    const l1 = pairwiseDistance(x, y, { metric: 'l1' });
    const cosine = pairwiseDistance(x, y, { metric: 'cosine' });
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < m; j++) {
        let sum = 0;
        let product = 0;
        for (let d = 0; d < size; d++) {
          sum += Math.abs(x.get(i, d) - y.get(j, d));
          product += x.get(i, d) * y.get(j, d);
        }
        expect(Math.abs(l1.get(i, j) - sum)).toBeLessThanOrEqual(2e-6 * sum);
        expect(Math.abs(cosine.get(i, j) - (1 - product / (norm(x, i) * norm(y, j))))).toBeLessThan(2e-6);
      }
    }
  });

  it('has cosine distance 1 where a row is zero, 0 to itself, 2 to its opposite', () => {
    const x = ndarray(Float64Array.of(0, 0, 3, 4, -6, -8), [3, 2]);
    expect([...pairwiseDistance(x, x, { metric: 'cosine' }).data]).toEqual([1, 1, 1, 1, 0, 2, 1, 2, 0]);
  });

  it('rounds rows and distances to halves', () => {
    // 0.1 is 0.0999755859375 as a half; its square, 0.009995117…, rounds to 0.00999450683594.
    const x = ndarray(Float32Array.of(0.1), [1, 1]);
    const zero = ndarray(Float32Array.of(0), [1, 1]);
    expect(pairwiseDistance(x, zero, { metric: 'l2', rounding: 'float16' }).data[0]).toBe(0.0999755859375);
    expect(pairwiseDistance(x, zero, { rounding: 'float16' }).data[0]).toBe(0.0099945068359375);
  });

  it('compares means over squares of pixels', () => {
    const x = ndarray(Float32Array.of(1, 2, 10, 20, 3, 4, 30, 40), [1, 2, 2, 2]);
    const zero = ndarray(new Float32Array(8), [1, 2, 2, 2]);
    // Channel 0: (1 + 10 + 3 + 30) / 4 = 11, channel 1: (2 + 20 + 4 + 40) / 4 = 16.5.
    expect(pairwiseDistance(x, zero, { features: 'pool2' }).data[0]).toBe(11 ** 2 + 16.5 ** 2);
    expect(() => pairwiseDistance(x, zero, { features: 'pool4' })).toThrow(/multiples of 4/);
  });

  it('stores float32 on request: the same numbers rounded', () => {
    const [x, y] = [normal(50, 40), normal(30, 40)];
    const narrow = pairwiseDistance(x, y, { dtype: 'float32' }).data;
    expect(narrow).toEqual(Float32Array.from(pairwiseDistance(x, y).data));
  });

  it('gives zero, not NaN, for equal rows', () => {
    const x = normal(6, 333);
    const { data } = pairwiseDistance(x, x, { metric: 'l2' });
    for (let i = 0; i < 6; i++) expect(data[i * 7]).toBe(0);
    expect(data.every((d) => d >= 0)).toBe(true);
  });

  it('lets a NaN through to where the solver names it', () => {
    const x = normal(2, 3);
    x.set(1, 2, NaN);
    expect(pairwiseDistance(x, normal(2, 3)).get(1, 0)).toBeNaN();
  });

  it('refuses rows of different size, nested arrays, unknown metrics and options', () => {
    expect(() => pairwiseDistance(normal(2, 3), normal(2, 4))).toThrow(/rows of 3 numbers like x, got 4/);
    expect(() => pairwiseDistance([[1, 2]] as never, normal(2, 2))).toThrow('x must be an NdArray');
    expect(() => pairwiseDistance(normal(1, 1), normal(1, 1), { metrics: 'l2' } as never)).toThrow(
      'did you mean "metric"?',
    );
    expect(() => pairwiseDistance(normal(1, 1), normal(1, 1), { metric: 'l3' as never })).toThrow(
      /metric must be/,
    );
  });
});
