import {
  type Assignment,
  assignPoints,
  type Metric,
  pairwiseDistance,
  solveAssignment,
} from '@immiscible/assignment';
import { createRng } from '@immiscible/core';
import fc from 'fast-check';
import ndarray, { type NdArray } from 'ndarray';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

type Points = NdArray<Float32Array>;
type Known = { row: number[]; optimum: number };
interface Case extends Record<'squaredL2' | 'l2' | 'l1' | 'cosine', Known> {
  name: string;
  shape: [number, number];
  x: string;
  y: string;
}

const { cases }: { cases: Case[] } = JSON.parse(
  readFileSync(new URL('./fixtures/distances.json', import.meta.url), 'utf8'),
);
const points = (text: string, shape: number[]): Points =>
  ndarray(new Float32Array(Uint8Array.from(Buffer.from(text, 'base64')).buffer), shape);
const widened = ({ data, shape }: Points) => ndarray(Float64Array.from(data), shape);

/** Distances from differences in float64: what cdist does. */
function truth(x: Points, y: Points, metric: 'squaredL2' | 'l2'): Float64Array {
  const [n, size] = x.shape as [number, number];
  return Float64Array.from({ length: n * n }, (_, k) => {
    const [i, j] = [Math.floor(k / n), k % n];
    let sum = 0;
    for (let d = 0; d < size; d++) sum += (x.data[i * size + d]! - y.data[j * size + d]!) ** 2;
    return metric === 'l2' ? Math.sqrt(sum) : sum;
  });
}
const totalOf = ({ rowToCol }: Assignment, cost: Float64Array) =>
  rowToCol.reduce((sum, j, i) => sum + cost[i * rowToCol.length + j]!, 0);

/** The pairs are a permutation, as near the optimum as `gap` says, and the total is what they cost. */
function expectProven(answer: Assignment, cost: Float64Array, optimum: number): void {
  const real = totalOf(answer, cost);
  // Rounding of the reference's own sums.
  const rounding = 1e-14 * real;
  expect(new Set(answer.rowToCol).size).toBe(answer.rowToCol.length);
  expect(real - optimum).toBeLessThanOrEqual(answer.gap + rounding);
  expect(Math.abs(answer.totalCost - real)).toBeLessThanOrEqual(1e-13 * real);
  expect(answer.totalCost - answer.gap).toBeLessThanOrEqual(optimum + rounding);
}

describe.each(cases)('points that float32 products can tell nothing of: $name', (known) => {
  const x = points(known.x, known.shape);
  const y = points(known.y, known.shape);

  it.each(['squaredL2', 'l2', 'l1', 'cosine'] as const)(
    'have the distances that SciPy gives: %s',
    (metric) => {
      for (const [a, b, share] of [
        [x, y, (known.shape[1] / 2 + 7) * 2 ** -24],
        [widened(x), widened(y), 1e-12],
        [x, widened(y), 1e-12],
      ] as const) {
        const distances = pairwiseDistance(a, b, { metric });
        known[metric].row.forEach((value, j) => {
          // Directions that differ by less than rounding have no distance to speak of.
          const nothing = metric === 'cosine' ? 1e-15 * Math.sqrt(value) : 0;
          expect(Math.abs(distances.get(5, j) - value)).toBeLessThanOrEqual(share * value + nothing);
        });
      }
    },
  );

  it.each(['squaredL2', 'l2'] as const)('have pairs as near the optimum as is said: %s', (metric) => {
    const cost = truth(x, y, metric);
    const { optimum } = known[metric];
    for (const answer of [assignPoints(x, y, { metric }), assignPoints(widened(x), widened(y), { metric })]) {
      expectProven(answer, cost, optimum);
      expect(answer.gap).toBeLessThanOrEqual(1e-11 * Math.max(...cost));
    }
    // Without the matrix the gap may be larger, but says so.
    expectProven(assignPoints(x, y, { metric, matrixUpTo: 0 }), cost, optimum);
    // On the matrix: the proof is of its numbers, each of which is within that share.
    const { rowToCol, gap } = solveAssignment(pairwiseDistance(x, y, { metric }));
    const real = rowToCol.reduce((sum, j, i) => sum + cost[i * rowToCol.length + j]!, 0);
    expect(real - optimum).toBeLessThanOrEqual(gap + (known.shape[1] + 14) * 2 ** -24 * real);
  });
});

describe('whatever the points are', () => {
  const hostile = fc.record({
    seed: fc.nat(),
    n: fc.integer({ min: 1, max: 6 }),
    size: fc.integer({ min: 1, max: 9 }),
    offset: fc.constantFrom(0, 1, 1e3, 1e5, 1e7, -3e4),
    scale: fc.constantFrom(1, 1e-3, 1e-30, 1e-44, 1e15, 1e19, 5e37),
    copies: fc.boolean(),
    outlier: fc.constantFrom(0, 1e6),
    times: fc.constantFrom(1, 9),
  });
  const make = (
    { seed, n, size, offset, scale, copies, outlier }: Record<string, number | boolean>,
    k: number,
  ) => {
    const rng = createRng(seed as number).split(k);
    const shared = createRng(seed as number).fillNormal(new Float32Array(size as number));
    const data = new Float32Array((n as number) * (size as number));
    for (let p = 0; p < data.length; p++) {
      const value = copies && rng.uniform() < 0.5 ? shared[p % (size as number)]! : rng.normal();
      data[p] =
        (scale as number) * (Math.max(-3, Math.min(3, value)) + (scale === 5e37 ? 0 : (offset as number)));
    }
    if (outlier && scale !== 5e37) data[0] = data[0]! * (outlier as number);
    return data.every(Number.isFinite) ? (ndarray(data, [n as number, size as number]) as Points) : undefined;
  };
  const bruteForce = (cost: Float64Array, n: number): number => {
    const best = (i: number, taken: number): number => {
      if (i === n) return 0;
      let least = Infinity;
      for (let j = 0; j < n; j++)
        if (!(taken & (1 << j))) least = Math.min(least, cost[i * n + j]! + best(i + 1, taken | (1 << j)));
      return least;
    };
    return best(0, 0);
  };

  it.each(['squaredL2', 'l2'] as const)(
    'assignPoints claims no more than brute force finds: %s',
    (metric) => {
      fc.assert(
        fc.property(hostile, (spec) => {
          const [x, y] = [make(spec, 1), make(spec, 2)];
          if (!x || !y) return;
          const cost = truth(x, y, metric);
          expectProven(assignPoints(x, y, { metric }), cost, bruteForce(cost, spec.n));
        }),
        { numRuns: 200, seed: 1 },
      );
    },
  );

  it('assignPoints claims no more than SciPy-proven solvers do on the float64 matrix: 64 to 120 points', () => {
    fc.assert(
      fc.property(hostile, (spec) => {
        const many = { ...spec, n: 64 + 9 * spec.n };
        const [x, y] = [make(many, 1), make(many, 2)];
        if (!x || !y) return;
        const cost = truth(x, y, 'squaredL2');
        const proven = solveAssignment(ndarray(cost, [many.n, many.n]));
        const answer = assignPoints(x, y);
        expectProven(answer, cost, proven.totalCost);
        expect(answer.gap).toBeLessThanOrEqual(1e-11 * (Math.max(...cost) + proven.totalCost));
      }),
      { numRuns: 60, seed: 2 },
    );
  });

  it.each(['squaredL2', 'l2', 'l1', 'cosine'] as Metric[])(
    'pairwiseDistance keeps its promise: %s',
    (metric) => {
      fc.assert(
        fc.property(hostile, (spec) => {
          const many = { ...spec, n: spec.n * spec.times + 2 };
          const [x, y] = [make(many, 1), make(many, 2)];
          if (!x || !y) return;
          const { data } = pairwiseDistance(x, y, { metric });
          const right = pairwiseDistance(widened(x), widened(y), { metric }).data;
          const share = (spec.size / 2 + 7) * 2 ** -24;
          const wrong = data.findIndex((value, k) => {
            const nothing = metric === 'cosine' ? 1e-15 * Math.sqrt(right[k]!) : 0;
            return !(Math.abs(value - right[k]!) <= share * right[k]! + nothing);
          });
          expect(wrong).toBe(-1);
        }),
        { numRuns: 100, seed: 3 },
      );
    },
  );
});

describe('distances in the fast path', () => {
  it('are computed again for no pair of images and noise', () => {
    // The bound over rows covers them: ‖x − n‖² ≥ ‖x‖‖n‖ for all.
    const rng = createRng(7);
    const x = ndarray(
      Float32Array.from({ length: 40 * 784 }, () => 2 * rng.uniform() ** 3 - 1),
      [40, 784],
    );
    const y = ndarray(rng.fillNormal(new Float32Array(40 * 784)), [40, 784]);
    const distances = pairwiseDistance(x, y);
    const norm = (a: Points, i: number) => Math.hypot(...a.data.subarray(i * 784, (i + 1) * 784));
    const [longest, loudest] = [0, 1].map((k) => {
      const norms = Array.from({ length: 40 }, (_, i) => norm(k ? y : x, i));
      return Math.max(...norms);
    });
    expect(Math.min(...distances.data)).toBeGreaterThan(longest! * loudest!);
  });

  it('averages pixels far from 0 without losing their fractions', () => {
    const image = (shift: number) => ndarray(Float32Array.of(1e7, 1e7 + 1, 1e7, 1e7 + shift), [1, 2, 2, 1]);
    // Means 1e7 + 0.5 and 1e7 + 0.25.
    expect(pairwiseDistance(image(1), image(0), { features: 'pool2' }).data[0]).toBe(0.0625);
  });

  it('refuses distances that the number asked for cannot hold, instead of forbidding the pair', () => {
    const far = (value: number) => ndarray(Float32Array.of(value, 1), [2, 1]);
    expect(() => pairwiseDistance(far(3e19), far(-1), { dtype: 'float32' })).toThrow(
      'pairwiseDistance: distances must be at most 3.40e+38, got more between row 0 of x and row 0 of y; take dtype "float64"',
    );
    expect(pairwiseDistance(far(3e19), far(-1), { dtype: 'float32', metric: 'l2' }).data[0]).toBe(
      Math.fround(3e19),
    );
    const huge = ndarray(Float64Array.of(1e200, 1), [2, 1]);
    expect(() => assignPoints(huge, far(2) as never)).toThrow(
      'assignPoints: distances must be at most 1.80e+308',
    );
    expect(assignPoints(huge, far(2) as never, { metric: 'l2' }).totalCost).toBe(1e200);
  });
});
