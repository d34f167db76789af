import { readFileSync } from 'node:fs';
import { createRng } from '@immiscible/core';
import fc from 'fast-check';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import ndarray from 'ndarray';
import { describe, expect, it } from 'vitest';
import { frechetDistance } from './frechet-distance.js';
import { type Statistics, statistics } from './statistics.js';

type Plain = Record<'mean' | 'covariance', number[]> & { n: number };
const fixture = JSON.parse(
  readFileSync(new URL('../test/fixtures/frechet.json', import.meta.url), 'utf8'),
) as { name: string; dimensions: number; a: Plain; b: Plain; distance: number }[];

function gaussian(mean: readonly number[], covariance: readonly number[], n = 1000): Statistics {
  return {
    n,
    dimensions: mean.length,
    mean: Float64Array.from(mean),
    covariance: Float64Array.from(covariance),
  };
}

function diagonal(mean: readonly number[], variances: readonly number[]): Statistics {
  const d = mean.length;
  const covariance = Array.from({ length: d * d }, (_, i) =>
    i % (d + 1) === 0 ? (variances[i / (d + 1)] as number) : 0,
  );
  return gaussian(mean, covariance);
}

/** Statistics of n vectors with correlated components of falling size. */
function sampled(seed: number, n: number, d: number, scale = 1): Statistics {
  const rng = createRng(seed);
  const mix = Float64Array.from({ length: d * d }, () => rng.normal());
  const data = new Float64Array(n * d);
  for (let i = 0; i < n; i++) {
    const draws = Float64Array.from({ length: d }, (_, k) => (scale * rng.normal()) / (1 + k));
    for (let j = 0; j < d; j++) {
      for (let k = 0; k < d; k++) {
        data[i * d + j] = (data[i * d + j] as number) + (draws[k] as number) * (mix[k * d + j] as number);
      }
    }
  }
  return statistics(d)
    .update(ndarray(data, [n, d]))
    .finish();
}

const trace = ({ covariance, dimensions }: Statistics) =>
  covariance.reduce((sum, value, i) => (i % (dimensions + 1) === 0 ? sum + value : sum), 0);

/** The same vectors in a basis turned by one angle in every pair of neighboring axes. */
function turned({ n, dimensions: d, mean, covariance }: Statistics, angle: number): Statistics {
  const q = Matrix.eye(d);
  for (let i = 0; i + 1 < d; i++) {
    const g = Matrix.eye(d);
    g.set(i, i, Math.cos(angle)).set(i, i + 1, -Math.sin(angle));
    g.set(i + 1, i, Math.sin(angle)).set(i + 1, i + 1, Math.cos(angle));
    q.setSubMatrix(g.mmul(q), 0, 0);
  }
  const c = q.mmul(Matrix.from1DArray(d, d, covariance)).mmul(q.transpose());
  return gaussian(q.mmul(Matrix.columnVector(mean)).to1DArray(), c.to1DArray(), n);
}

describe('frechetDistance', () => {
  it.each(fixture)("agrees with scipy's: $name (test/fixtures/make-frechet.py)", ({ a, b, distance }) => {
    const found = frechetDistance(gaussian(a.mean, a.covariance, a.n), gaussian(b.mean, b.covariance, b.n));
    expect(Math.abs(found / distance - 1)).toBeLessThan(1e-6);
  });

  it('is (μ₁ − μ₂)² + (σ₁ − σ₂)² in one dimension', () => {
    expect(frechetDistance(gaussian([1], [4]), gaussian([4], [25]))).toBeCloseTo(9 + 9, 13);
    expect(frechetDistance(gaussian([0], [0]), gaussian([0], [2]))).toBeCloseTo(2, 14);
  });

  it('is ‖μ₁ − μ₂‖² + Σ(√v₁ − √v₂)² for diagonal covariances', () => {
    const a = diagonal([0, 1, 2, 3], [1, 4, 9, 0]);
    const b = diagonal([1, 1, 0, 3], [4, 4, 1, 16]);
    expect(frechetDistance(a, b)).toBeCloseTo(1 + 4 + (1 + 0 + 4 + 16), 12);
  });

  it('is the same for covariances that share their eigenvectors, whatever these are', () => {
    const a = turned(diagonal([0, 1, 2, 3], [1, 4, 9, 0]), 0.7);
    const b = turned(diagonal([1, 1, 0, 3], [4, 4, 1, 16]), 0.7);
    expect(frechetDistance(a, b)).toBeCloseTo(26, 6);
  });

  it('is (1 − √c)²·tr C between C and c·C', () => {
    const a = sampled(1, 200, 20);
    const b = { ...a, covariance: a.covariance.map((value) => 2.25 * value) };
    expect(frechetDistance(a, b) / (0.25 * trace(a))).toBeCloseTo(1, 12);
  });

  it('agrees with tr (C₁^½ C₂ C₁^½)^½ by the eigenvalues of ml-matrix', () => {
    const a = sampled(2, 60, 24);
    const b = sampled(3, 80, 24, 1.3);
    const eigen = new EigenvalueDecomposition(Matrix.from1DArray(24, 24, a.covariance), {
      assumeSymmetric: true,
    });
    const root = eigen.eigenvectorMatrix
      .mmul(Matrix.diag(eigen.realEigenvalues.map((value) => Math.sqrt(Math.max(0, value)))))
      .mmul(eigen.eigenvectorMatrix.transpose());
    const middle = root.mmul(Matrix.from1DArray(24, 24, b.covariance)).mmul(root);
    const shared = new EigenvalueDecomposition(middle, { assumeSymmetric: true }).realEigenvalues
      .map((value) => Math.sqrt(Math.max(0, value)))
      .reduce((sum, value) => sum + value, 0);
    const between = a.mean.reduce((sum, value, i) => sum + (value - (b.mean[i] as number)) ** 2, 0);
    expect(frechetDistance(a, b) / (between + trace(a) + trace(b) - 2 * shared)).toBeCloseTo(1, 9);
  });

  it.each([
    ['n > D', 300, 30],
    ['n = D', 30, 30],
    ['n < D', 10, 30],
    ['n = 2', 2, 30],
  ])('is 0 to rounding for equal arguments: %s', (_, n, d) => {
    const a = sampled(4, n, d);
    expect(frechetDistance(a, a)).toBeLessThan(d * Number.EPSILON * 2 * trace(a));
  });

  it('is the distance of the means plus the other trace if one is a point', () => {
    const a = sampled(5, 100, 6);
    const point = diagonal([0, 0, 0, 0, 0, 9], [0, 0, 0, 0, 0, 0]);
    const between = a.mean.reduce((sum, value, i) => sum + (value - (point.mean[i] as number)) ** 2, 0);
    expect(frechetDistance(a, point)).toBeCloseTo(between + trace(a), 10);
    expect(frechetDistance(point, point)).toBe(0);
  });

  it('is the sum of the traces for singular covariances in orthogonal subspaces', () => {
    const a = diagonal([0, 0, 0, 0], [1, 2, 0, 0]);
    const b = diagonal([0, 0, 0, 0], [0, 0, 3, 4]);
    expect(frechetDistance(turned(a, 1), turned(b, 1))).toBeCloseTo(10, 5);
    expect(frechetDistance(a, b)).toBe(10);
  });

  it('obeys the laws of a squared metric, turned or not, for any numbers of vectors', () => {
    const sets = fc.tuple(
      fc.nat(1000),
      fc.integer({ min: 2, max: 12 }),
      fc.double({ min: 0.1, max: 10, noNaN: true }),
    );
    fc.assert(
      fc.property(fc.tuple(sets, sets, sets), fc.double({ min: 0, max: 3, noNaN: true }), (triple, angle) => {
        const [a, b, c] = triple.map(([seed, n, scale]) => sampled(seed, n, 6, scale)) as [
          Statistics,
          Statistics,
          Statistics,
        ];
        const scale = 1e-7 * (trace(a) + trace(b) + trace(c) + 1);
        const ab = frechetDistance(a, b);
        expect(Math.abs(frechetDistance(b, a) - ab)).toBeLessThan(scale);
        expect(Math.abs(frechetDistance(turned(a, angle), turned(b, angle)) - ab)).toBeLessThan(scale);
        const detour = Math.sqrt(frechetDistance(a, c)) + Math.sqrt(frechetDistance(c, b));
        expect(Math.sqrt(ab)).toBeLessThanOrEqual(detour + Math.sqrt(scale));
      }),
      { seed: 1, numRuns: 100 },
    );
  });

  it.each([
    ['a NaN mean', gaussian([NaN, 0], [1, 0, 0, 1]), 'b.mean[0] must be finite, got NaN'],
    ['a NaN covariance', gaussian([0, 0], [1, 0, 0, NaN]), 'b.covariance[1,1] must be finite, got NaN'],
    [
      'an indefinite covariance',
      gaussian([0, 0], [1, 2, 2, 1]),
      'b.covariance must be positive semidefinite',
    ],
    ['other dimensions', gaussian([0], [1]), 'b.dimensions must be 2 as those of a, got 1'],
    ['one vector', gaussian([0, 0], [1, 0, 0, 1], 1), 'b.n must be an integer of at least 2, got 1'],
    ['a short mean', { ...gaussian([0], [1, 0, 0, 1]), dimensions: 2 }, 'b.mean must be of 2 numbers, got 1'],
    ['a short covariance', gaussian([0, 0], [1]), 'b.covariance must be of 2×2 numbers, got 1'],
  ])('refuses %s', (_, b, message) => {
    const a = gaussian([0, 0], [1, 0, 0, 1]);
    expect(() => frechetDistance(a, b)).toThrow(RangeError);
    expect(() => frechetDistance(a, b)).toThrow(message);
  });
});
