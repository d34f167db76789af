import {
  certify,
  type CostMatrix,
  linearSumAssignment,
  sinkhorn,
  solveAssignment,
} from '@immiscible/assignment';
import { createRng } from '@immiscible/core';
import { describe, expect, it } from 'vitest';
import { costsOf } from '@immiscible/testing/host';
import { named } from './all-solvers.js';

describe('totals beyond float64', () => {
  it.each(named)('have no gap that would be a proof: %s', (_, solver) => {
    for (const sign of [1, -1]) {
      const cost = costsOf(3, 3, (i, j) => sign * (1e308 + (i === j ? 0 : 1e307)));
      let answer;
      try {
        answer = solver(cost);
      } catch (error) {
        // What says so is right, too.
        expect((error as Error).message).toMatch(/epsilon|optimum|infeasible/);
        continue;
      }
      expect(answer.totalCost).toBe(sign * Infinity);
      expect(answer.gap).toBe(Infinity);
      expect(certify(cost, answer)).toMatchObject({ optimal: false, gap: Infinity });
    }
  });

  it('are still assigned', () => {
    const cost = costsOf(3, 3, (i, j) => 1e308 + (i + j === 2 ? 0 : 1e307));
    expect([...solveAssignment(cost).rowToCol]).toEqual([2, 1, 0]);
    expect([...linearSumAssignment(cost)[1]]).toEqual([2, 1, 0]);
  });
});

describe('gaps include what rounding can have done', () => {
  /** The total of a matching in units of 2^−80, exactly. */
  const exact = (cost: CostMatrix, columns: readonly number[]): bigint =>
    columns.reduce((sum, j, i) => sum + BigInt(cost.get(i, j) * 2 ** 80), 0n);
  /** The least of all. */
  const leastTotal = (cost: CostMatrix): bigint => {
    const n = cost.shape[0] as number;
    let least: bigint | undefined;
    const search = (taken: number[]): void => {
      if (taken.length === n) {
        const total = exact(cost, taken);
        if (least === undefined || total < least) least = total;
        return;
      }
      for (let j = 0; j < n; j++) if (!taken.includes(j)) search([...taken, j]);
    };
    search([]);
    return least as unknown as bigint;
  };

  it('so that a total, rounded as it is, is no further from the exact optimum than they say', () => {
    for (let seed = 0; seed < 300; seed++) {
      const rng = createRng(14).split(seed);
      const n = 2 + (seed % 3);
      // Whole multiples of 2^−80, whose sums are exact as such.
      const cost = costsOf(n, n, () => (rng.uniform() - 0.5) * 2 ** rng.integer(0, 5));
      const least = leastTotal(cost);
      for (const [, solver] of named) {
        const { totalCost, gap } = solver(cost);
        const excess = BigInt(totalCost * 2 ** 80) - least;
        expect(Number(excess) * 2 ** -80).toBeLessThanOrEqual(gap);
      }
    }
  });

  it('also where duals are much larger than what decides', () => {
    const rng = createRng(12);
    for (let trial = 0; trial < 60; trial++) {
      const n = rng.integer(2, 7);
      // Multiples of 2^−40 below 2^13: exact as whole numbers.
      const rows = Array.from({ length: n }, () => Math.floor(rng.uniform() * 2 ** 12));
      const cost = costsOf(n, n, (i) => rows[i]! + Math.floor(rng.uniform() * 2 ** 20) * 2 ** -40);
      const least = leastTotal(cost);
      for (const [, solver] of named) {
        const { rowToCol, gap } = solver(cost);
        expect(Number(exact(cost, [...rowToCol]) - least) * 2 ** -80).toBeLessThanOrEqual(gap);
      }
    }
  });
});

it('sinkhorn keeps its digits where costs are huge beside their differences', () => {
  const rng = createRng(13);
  const near = costsOf(12, 12, () => Math.round(1024 * rng.uniform()) / 1024);
  const far = costsOf(12, 12, (i, j) => near.get(i, j) + 2 ** 36 * (i + 1));
  const [a, b] = [near, far].map((cost) =>
    sinkhorn(cost, { epsilon: 0.05, tolerance: 1e-9, maxIterations: 50000 }),
  );
  expect(b!.converged).toBe(true);
  b!.plan.forEach((mass, k) => expect(Math.abs(mass - a!.plan[k]!)).toBeLessThan(1e-6));
});
