import { assignPoints, certify, pairwiseDistance, solveAssignment } from '@immiscible/assignment';
import { createRng } from '@immiscible/core';
import ndarray, { type NdArray } from 'ndarray';
import { describe, expect, it } from 'vitest';

const normal = (n: number, size: number, seed: number): NdArray<Float32Array> =>
  ndarray(createRng(seed).fillNormal(new Float32Array(n * size)), [n, size]);

/** Images: bright or dark as a whole, so that they compete for the same noises. */
function images(n: number, size: number, seed: number): NdArray<Float32Array> {
  const rng = createRng(seed);
  const data = new Float32Array(n * size);
  for (let i = 0; i < n; i++) {
    const brightness = rng.uniform();
    for (let d = 0; d < size; d++) data[i * size + d] = 2 * brightness * rng.uniform() - 1;
  }
  return ndarray(data, [n, size]);
}

/** Distances from differences, in float64. */
function apart(x: NdArray<Float32Array>, y: NdArray<Float32Array>, metric = 'squaredL2') {
  const [n, size] = x.shape as [number, number];
  const out = new Float64Array(n * n);
  for (let i = 0, k = 0; i < n; i++) {
    for (let j = 0; j < n; j++, k++) {
      let sum = 0;
      for (let d = 0; d < size; d++) sum += (x.data[i * size + d]! - y.data[j * size + d]!) ** 2;
      out[k] = metric === 'l2' ? Math.sqrt(sum) : sum;
    }
  }
  return ndarray(out, [n, n]);
}

describe('assignPoints', () => {
  it.each(['squaredL2', 'l2'] as const)(
    'is certified optimal on the matrix it never stored: %s, 2,500 points, 13 numbers each',
    { timeout: 60_000 },
    (metric) => {
      const x = images(2500, 13, 1);
      const y = normal(2500, 13, 2);
      const assignment = assignPoints(x, y, { metric });
      const cost = apart(x, y, metric);
      expect(certify(cost, assignment)).toMatchObject({ optimal: true });
      const { totalCost } = solveAssignment(cost);
      expect(Math.abs(assignment.totalCost - totalCost)).toBeLessThanOrEqual(1e-12 * totalCost);
    },
  );

  it('is certified optimal where every image is there three times', { timeout: 60_000 }, () => {
    const some = images(900, 20, 3);
    const data = new Float32Array(2700 * 20);
    for (let copy = 0; copy < 3; copy++) data.set(some.data, copy * 900 * 20);
    const x = ndarray(data, [2700, 20]);
    const y = normal(2700, 20, 4);
    const assignment = assignPoints(x, y);
    expect(certify(apart(x, y), assignment)).toMatchObject({ optimal: true });
  });

  it(
    'bounds its distance from the optimum where ties exceed its budget, or stores the matrix',
    { timeout: 60_000 },
    () => {
      const corners = (seed: number) => {
        const rng = createRng(seed);
        return ndarray(
          Float32Array.from({ length: 3 * 2100 }, () => rng.integer(0, 4)),
          [2100, 3],
        );
      };
      const x = corners(5);
      const y = corners(6);
      const cost = pairwiseDistance(x, y);
      const { totalCost } = solveAssignment(cost);
      const bounded = assignPoints(x, y, { matrixUpTo: 0 });
      expect(bounded.gap).toBeGreaterThan(1); // or nothing is tested here
      expect(new Set(bounded.rowToCol).size).toBe(2100);
      expect(bounded.totalCost).toBeGreaterThanOrEqual(totalCost);
      expect(bounded.totalCost - bounded.gap).toBeLessThanOrEqual(totalCost);
      expect(bounded.gap).toBeCloseTo(certify(cost, bounded).gap, 6);
      expect(assignPoints(x, y).totalCost).toBe(totalCost);
    },
  );

  it('sorts points on a line', { timeout: 60_000 }, () => {
    const rng = createRng(5);
    const line = () =>
      ndarray(
        Float32Array.from({ length: 2100 }, () => rng.integer(0, 40)),
        [2100, 1],
      );
    const x = line();
    const y = line();
    const sorted = (points: NdArray<Float32Array>) => points.data.slice().sort();
    const [a, b] = [sorted(x), sorted(y)];
    const least = a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0);
    expect(assignPoints(x, y, { metric: 'l2' }).totalCost).toBe(least);
  });

  it('gives the same from earlier duals', { timeout: 60_000 }, () => {
    const x = images(2200, 10, 6);
    const y = normal(2200, 10, 7);
    const first = assignPoints(x, y);
    expect(assignPoints(x, y, { colDual: first.colDual }).rowToCol).toEqual(first.rowToCol);
  });

  it('takes images of any rank, few of them, and none', () => {
    const x = ndarray(new Float32Array([0, 0, 5, 5]), [2, 1, 2, 1]);
    const y = ndarray(new Float32Array([4, 4, 1, 1]), [2, 1, 2, 1]);
    expect([...assignPoints(x, y).rowToCol]).toEqual([1, 0]);
    const none = ndarray(new Float32Array(0), [0, 3]);
    expect(assignPoints(none, none).rowToCol).toHaveLength(0);
  });

  it('says what is wrong with its input', () => {
    const x = normal(3, 4, 1);
    expect(() => assignPoints(x, normal(2, 4, 1))).toThrow(
      'assignPoints: y must have 3 rows of 4 numbers like x, got 2 of 4',
    );
    const nan = normal(3, 4, 1);
    nan.data[9] = NaN;
    expect(() => assignPoints(x, nan)).toThrow('assignPoints: y must be finite, got NaN in row 2');
    // @ts-expect-error: no such metric
    expect(() => assignPoints(x, x, { metric: 'l1' })).toThrow(
      'metric must be "squaredL2" or "l2", got "l1"',
    );
    expect(() => assignPoints(x, x, { metrics: 'l2' } as never)).toThrow(
      'assignPoints: options has no key "metrics"; did you mean "metric"?',
    );
    expect(() => assignPoints([[1, 2]] as never, x)).toThrow('assignPoints: x must be an NdArray');
  });
});
