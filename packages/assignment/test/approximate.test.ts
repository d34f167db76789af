import { certify, greedy, sinkhorn, solveAssignment } from '@immiscible/assignment';
import { createRng } from '@immiscible/core';
import ndarray from 'ndarray';
import { describe, expect, it } from 'vitest';
import { costFamilies, costsOf } from '@immiscible/testing/host';

describe('greedy', () => {
  it('takes the cheapest pair that is free, as sorting all pairs does', () => {
    for (const [name, costs] of Object.entries(costFamilies(40, createRng(1)))) {
      if (name === 'block-sparse') continue;
      const pairs = Array.from({ length: 1600 }, (_, k) => [Math.floor(k / 40), k % 40] as const);
      pairs.sort((a, b) => costs.get(...a) - costs.get(...b));
      const [rows, cols] = [new Set<number>(), new Set<number>()];
      const chosen = new Map<number, number>();
      for (const [i, j] of pairs) {
        if (rows.has(i) || cols.has(j)) continue;
        rows.add(i);
        cols.add(j);
        chosen.set(i, j);
      }
      expect([...greedy(costs).rowToCol]).toEqual(Array.from({ length: 40 }, (_, i) => chosen.get(i)));
    }
  });

  it('bounds its distance from the optimum', () => {
    const costs = costFamilies(60, createRng(2)).uniform!;
    const { totalCost, gap } = greedy(costs);
    const best = solveAssignment(costs).totalCost;
    expect(totalCost).toBeGreaterThan(best);
    expect(totalCost - gap).toBeLessThanOrEqual(best);
  });

  it('matches rectangles whole, maximizes, and says when it is stuck', () => {
    const costs = costsOf(3, 5, (i, j) => (i + 1) * (j + 1));
    // 15 = 3·5 first, then 2·4, then 1·3.
    expect(greedy(costs, { maximize: true })).toMatchObject({ totalCost: 26 });
    expect(certify(costs.transpose(1, 0), greedy(costs.transpose(1, 0))).defect).toBeUndefined();
    const trap = ndarray(Float64Array.of(0, 1, 1, Infinity), [2, 2]);
    expect(() => greedy(trap)).toThrow(/use an exact solver/);
    expect(solveAssignment(trap).totalCost).toBe(2);
  });
});

describe('sinkhorn', () => {
  it('has the plan known in closed form for two by two', () => {
    const cost = ndarray(Float64Array.of(0, 1, 1, 0), [2, 2]);
    const { plan, converged, totalCost } = sinkhorn(cost, { epsilon: 0.5, tolerance: 1e-12 });
    // By symmetry u = v, so that the diagonal holds 1 / (1 + e^(−1/ε)).
    const diagonal = 1 / (1 + Math.exp(-2));
    [diagonal, 1 - diagonal, 1 - diagonal, diagonal].forEach((p, k) => expect(plan[k]).toBeCloseTo(p, 12));
    expect([converged, totalCost]).toEqual([true, 0]);
  });

  it('spreads rows and columns of mass 1, and comes near the optimum for a small epsilon', () => {
    const costs = costFamilies(50, createRng(3))['image-noise']!;
    const { plan, converged, error, totalCost, gap } = sinkhorn(costs, { epsilon: 1, tolerance: 1e-4 });
    expect(converged).toBe(true);
    expect(error).toBeLessThanOrEqual(1e-4);
    for (let i = 0; i < 50; i++) {
      let row = 0;
      let column = 0;
      for (let j = 0; j < 50; j++) {
        row += plan[50 * i + j]!;
        column += plan[50 * j + i]!;
      }
      expect(row).toBeCloseTo(1, 12);
      expect(Math.abs(column - 1)).toBeLessThan(2e-4);
    }
    const best = solveAssignment(costs).totalCost;
    expect(totalCost).toBeGreaterThanOrEqual(best * (1 - 1e-12));
    expect(totalCost).toBeLessThan(best * 1.01);
    expect(totalCost - gap).toBeLessThanOrEqual(best * (1 + 1e-12));
  });

  it('says that it has not converged', () => {
    const costs = costFamilies(50, createRng(4)).uniform!;
    expect(sinkhorn(costs, { maxIterations: 2 })).toMatchObject({ converged: false, iterations: 2 });
  });

  it('refuses rectangles and bad options', () => {
    expect(() => sinkhorn(costsOf(2, 3, () => 1))).toThrow(/square/);
    expect(() =>
      sinkhorn(
        costsOf(2, 2, () => 1),
        { epsilon: -1 },
      ),
    ).toThrow(/epsilon must be positive/);
    expect(() => sinkhorn(costsOf(2, 2, (i) => (i === 0 ? Infinity : 1)))).toThrow(/row 0/);
    expect(sinkhorn(costsOf(0, 0, () => 1))).toMatchObject({ totalCost: 0, converged: true });
  });
});
