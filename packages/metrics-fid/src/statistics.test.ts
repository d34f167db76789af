import { readFileSync } from 'node:fs';
import { createRng } from '@immiscible/core';
import ndarray, { type NdArray } from 'ndarray';
import { describe, expect, it } from 'vitest';
import { statistics } from './statistics.js';

interface Case {
  features: number[];
  mean: number[];
  covariance: number[];
}
const fixture = JSON.parse(
  readFileSync(new URL('../test/fixtures/statistics.json', import.meta.url), 'utf8'),
) as { n: number; dimensions: number; centered: Case; far: Case };
const { n, dimensions } = fixture;

const matrix = (values: readonly number[], rows: number, columns: number): NdArray<Float64Array> =>
  ndarray(Float64Array.from(values), [rows, columns]);

/** Largest difference, in units of the expected values' largest size. */
function error(found: Float64Array, expected: readonly number[]): number {
  const size = Math.max(...expected.map(Math.abs));
  return Math.max(...expected.map((value, i) => Math.abs((found[i] as number) - value))) / size;
}

describe('statistics', () => {
  it("gives numpy's mean and covariance (test/fixtures/make-statistics.py)", () => {
    const { features, mean, covariance } = fixture.centered;
    const result = statistics(dimensions)
      .update(matrix(features, n, dimensions))
      .finish();
    expect(result.n).toBe(n);
    expect(result.dimensions).toBe(dimensions);
    expect(error(result.mean, mean)).toBeLessThan(1e-14);
    expect(error(result.covariance, covariance)).toBeLessThan(1e-14);
  });

  it('keeps the digits of a spread a million times smaller than the mean', () => {
    const { features, mean, covariance } = fixture.far;
    const result = statistics(dimensions)
      .update(matrix(features, n, dimensions))
      .finish();
    expect(error(result.mean, mean)).toBeLessThan(1e-15);
    // E[x²] − E[x]² would be wrong by about 10¹²·2⁻⁵² = 2e-4.
    expect(error(result.covariance, covariance)).toBeLessThan(1e-10);
  });

  it('divides by n − 1: x = m − 1, m, m + 1 has variance 1', () => {
    for (const m of [0, 1e8]) {
      const { mean, covariance } = statistics(1)
        .update(matrix([m - 1, m, m + 1], 3, 1))
        .finish();
      expect(mean).toEqual(Float64Array.of(m));
      expect(covariance).toEqual(Float64Array.of(1));
    }
  });

  it('gives the same bits however the rows are split into updates', () => {
    const whole = statistics(dimensions)
      .update(matrix(fixture.far.features, n, dimensions))
      .finish();
    for (const size of [1, 7, 64, 100]) {
      const sums = statistics(dimensions);
      for (let row = 0; row < n; row += size) {
        const last = Math.min(row + size, n);
        sums.update(
          matrix(fixture.far.features.slice(row * dimensions, last * dimensions), last - row, dimensions),
        );
      }
      expect(sums.finish()).toEqual(whole);
    }
  });

  it('merges parts to the statistics of the whole', () => {
    const { features, mean, covariance } = fixture.far;
    for (const first of [1, 64, 70, 149]) {
      const a = statistics(dimensions).update(
        matrix(features.slice(0, first * dimensions), first, dimensions),
      );
      const b = statistics(dimensions).update(
        matrix(features.slice(first * dimensions), n - first, dimensions),
      );
      const before = b.n >= 2 ? b.finish() : undefined;
      const result = a.merge(b).finish();
      expect(result.n).toBe(n);
      expect(error(result.mean, mean)).toBeLessThan(1e-15);
      expect(error(result.covariance, covariance)).toBeLessThan(1e-10);
      if (before) expect(b.finish()).toEqual(before);
    }
  });

  it('merges with nothing, exactly, and with itself', () => {
    const sums = statistics(dimensions).update(matrix(fixture.far.features, n, dimensions));
    const whole = sums.finish();
    expect(statistics(dimensions).merge(sums).finish()).toEqual(whole);
    expect(sums.merge(statistics(dimensions)).finish()).toEqual(whole);
    const twice = sums.merge(sums).finish();
    expect(twice.n).toBe(2 * n);
    // Each vector twice: the same scatter twice, divided by 2n − 1 instead of n − 1.
    const expected = fixture.far.covariance.map((value) => (value * 2 * (n - 1)) / (2 * n - 1));
    expect(error(twice.covariance, expected)).toBeLessThan(1e-10);
  });

  it('goes on after finish, whose result stays as it was', () => {
    const sums = statistics(1).update(matrix([1, 3], 2, 1));
    const first = sums.finish();
    sums.update(matrix([5], 1, 1));
    expect(sums.finish()).toEqual({
      n: 3,
      dimensions: 1,
      mean: Float64Array.of(3),
      covariance: Float64Array.of(4),
    });
    expect(first).toEqual({ n: 2, dimensions: 1, mean: Float64Array.of(2), covariance: Float64Array.of(2) });
  });

  it('reads any strides, float32 and no rows at all', () => {
    const data = createRng(0).fillNormal(new Float32Array(300));
    const plain = ndarray(data, [100, 3]);
    const columnMajor = ndarray(new Float32Array(300), [3, 100]).transpose(1, 0) as NdArray<Float32Array>;
    for (let i = 0; i < 100; i++) for (let j = 0; j < 3; j++) columnMajor.set(i, j, plain.get(i, j));
    const expected = statistics(3).update(plain).finish();
    const none = ndarray(new Float32Array(0), [0, 3]);
    expect(statistics(3).update(none).update(columnMajor).update(none).finish()).toEqual(expected);
    const second = statistics(3).update(plain.lo(50)).finish();
    expect(second).toEqual(
      statistics(3)
        .update(ndarray(data.slice(150), [50, 3]))
        .finish(),
    );
  });

  it('names the row and column of a feature that is not finite, and adds nothing', () => {
    const sums = statistics(2).update(matrix([1, 2, 3, 5], 2, 2));
    const before = sums.finish();
    expect(() => sums.update(matrix([1, 2, 3, NaN], 2, 2))).toThrow(
      new RangeError('StreamingStatistics.update: features[1,1] must be finite, got NaN'),
    );
    expect(() => sums.update(matrix([Infinity, 2], 1, 2))).toThrow(
      'features[0,0] must be finite, got Infinity',
    );
    expect(sums.finish()).toEqual(before);
  });

  it('refuses wrong shapes and too few vectors', () => {
    expect(() => statistics(0)).toThrow('dimensions must be an integer of at least 1, got 0');
    expect(() => statistics(2).update(matrix([1, 2, 3], 1, 3))).toThrow(
      'features must be of shape [N,2], got an array of shape [1,3]',
    );
    expect(() => statistics(2).update(ndarray(new Float32Array(2)))).toThrow('of shape [N,2]');
    expect(() => statistics(2).merge(statistics(3))).toThrow('other.dimensions must be 2, got 3');
    expect(() =>
      statistics(2)
        .update(matrix([1, 2], 1, 2))
        .finish(),
    ).toThrow('at least 2 for a covariance, got 1');
  });
});
