import { type AssignmentSolver, certify, type CostMatrix } from '@immiscible/assignment';
import { createRng } from '@immiscible/core';
import ndarray from 'ndarray';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { families, matrix } from './matrices.js';

interface Case {
  name: string;
  shape: [number, number];
  cost: (number | string)[];
  maximize: boolean;
  rows: number[];
  total: number;
}

const scipy: { cases: Case[] } = JSON.parse(
  readFileSync(new URL('./fixtures/scipy.json', import.meta.url), 'utf8'),
);

/** Least total over all ways to assign every row (rows ≤ cols), by trying them. */
export function bruteForce(cost: CostMatrix): number {
  const [rows, cols] = cost.shape as [number, number];
  const taken = new Set<number>();
  const best = (i: number): number => {
    if (i === rows) return 0;
    let least = Infinity;
    for (let j = 0; j < cols; j++) {
      if (taken.has(j)) continue;
      taken.add(j);
      least = Math.min(least, cost.get(i, j) + best(i + 1));
      taken.delete(j);
    }
    return least;
  };
  return best(0);
}

/** What every solver must satisfy. `exactTies` where the gap is only as small as the solver's own arithmetic. */
export function describeAssignmentSolver(
  name: string,
  solver: AssignmentSolver,
  skip: readonly string[] = [],
): void {
  describe(`${name} as an assignment solver`, () => {
    it.each(scipy.cases.filter((c) => !skip.includes(c.name)).map((c) => [c.name, c] as const))(
      'gives the total that SciPy gives: %s',
      (_, { shape, cost, maximize, rows, total }) => {
        const costs = ndarray(Float64Array.from(cost, Number), shape);
        const assignment = solver(costs, { maximize });
        expect(assignment.totalCost).toBeCloseTo(total, 9);
        expect(Math.abs(assignment.totalCost - total)).toBeLessThanOrEqual(1e-12 * Math.abs(total));
        expect([...assignment.rowToCol.keys()].filter((i) => assignment.rowToCol[i] !== -1)).toHaveLength(
          rows.length,
        );
        expect(certify(costs, assignment, { maximize })).toMatchObject({ optimal: true });
      },
    );

    it('matches brute force on small matrices, square and rectangular', () => {
      const rng = createRng(3);
      for (let trial = 0; trial < 60; trial++) {
        const rows = rng.integer(1, 7);
        const cols = rng.integer(rows, 8);
        const costs = matrix(rows, cols, () => rng.integer(-5, 6));
        expect(solver(costs).totalCost).toBe(bruteForce(costs));
      }
    });

    it.each(Object.entries(families(61, createRng(4))).filter(([family]) => !skip.includes(family)))(
      'is certified optimal: %s',
      (_, costs) => {
        const assignment = solver(costs);
        expect(certify(costs, assignment)).toMatchObject({ optimal: true });
        expect([...assignment.rowToCol].sort((a, b) => a - b)).toEqual([...assignment.rowToCol.keys()]);
        assignment.rowToCol.forEach((j, i) => expect(assignment.colToRow[j]).toBe(i));
      },
    );

    it('reverses the order for costs i·j (Machol and Wien)', () => {
      const costs = matrix(20, 20, (i, j) => (i + 1) * (j + 1));
      expect([...solver(costs).rowToCol]).toEqual(Array.from({ length: 20 }, (_, i) => 19 - i));
    });

    it('solves the two worked examples of optax (optimum 15 and 265)', () => {
      const first = ndarray(
        Float64Array.from([8, 4, 7, 5, 2, 3, 9, 6, 7, 9, 4, 8].flatMap((v) => [v])),
        [4, 3],
      );
      expect(solver(first).totalCost).toBe(15);
      const second = ndarray(
        Float64Array.from([90, 80, 75, 70, 35, 85, 55, 65, 125, 95, 90, 95, 45, 110, 95, 115]),
        [4, 4],
      );
      expect(solver(second).totalCost).toBe(265);
    });

    it('reads transposed and strided views as their copies', () => {
      const rng = createRng(5);
      const big = matrix(9, 14, () => rng.uniform());
      for (const view of [big.transpose(1, 0), big.lo(1, 2).hi(6, 7), big.step(2, -1), big.hi(9, 9)]) {
        const [rows, cols] = view.shape as [number, number];
        const copy = matrix(rows, cols, (i, j) => view.get(i, j));
        expect(solver(view).totalCost).toBe(solver(copy).totalCost);
      }
    });

    it('leaves an empty matrix empty', () => {
      for (const [rows, cols] of [
        [0, 0],
        [0, 3],
        [3, 0],
      ] as const) {
        const { rowToCol, colToRow, totalCost, gap } = solver(matrix(rows, cols, () => 0));
        expect([...rowToCol]).toEqual(Array(rows).fill(-1));
        expect([...colToRow]).toEqual(Array(cols).fill(-1));
        expect([totalCost, gap]).toEqual([0, 0]);
      }
    });

    it('names row and column of a NaN and of an infinite gain', () => {
      const costs = (value: number) => matrix(3, 4, (i, j) => (i === 1 && j === 2 ? value : 1));
      expect(() => solver(costs(NaN))).toThrow(/NaN at row 1, column 2/);
      expect(() => solver(costs(NaN).transpose(1, 0))).toThrow(/NaN at row 2, column 1/);
      expect(() => solver(costs(-Infinity))).toThrow(/-Infinity when minimizing, got it at row 1, column 2/);
      expect(() => solver(costs(Infinity), { maximize: true })).toThrow(/Infinity when maximizing/);
    });

    it('says when forbidden pairs leave no complete assignment', () => {
      const twoFightForOne = matrix(3, 3, (i, j) => (i < 2 && j > 0 ? Infinity : i + j));
      expect(() => solver(twoFightForOne)).toThrow(/infeasible/);
      expect(() => solver(matrix(2, 2, () => Infinity))).toThrow(/infeasible/);
    });

    it('refuses what is no matrix', () => {
      expect(() => solver(ndarray(new Float64Array(8), [2, 2, 2]))).toThrow(/rank 2/);
      expect(() => solver([[1]] as never)).toThrow(TypeError);
    });
  });
}
