import {
  type Assignment,
  type AssignmentSolver,
  auction,
  certify,
  greedy,
  hungarianOn3,
  jonkerVolgenant,
  linearSumAssignment,
  solveAssignment,
} from '@immiscible/assignment';
import { createRng } from '@immiscible/core';
import fc from 'fast-check';
import hungarian from 'hungarian-on3';
import munkres from 'munkres';
import ndarray from 'ndarray';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { bruteForce, costFamilies, costsOf, describeAssignmentSolver } from '@immiscible/testing/host';

describeAssignmentSolver('solveAssignment', solveAssignment);
describeAssignmentSolver('jonkerVolgenant', jonkerVolgenant);
describeAssignmentSolver('auction', auction);
// The package adds and subtracts labels of the costs' size, so it can't tell 1e-300 from 1e300.
describeAssignmentSolver('hungarianOn3', hungarianOn3(hungarian), { skip: ['heavy tail', 'huge offset'] });
describeAssignmentSolver('greedy', greedy, { exact: false, skip: ['block-sparse'] });

interface Case {
  name: string;
  shape: [number, number];
  cost: (number | string)[];
  maximize: boolean;
  rows: number[];
  cols: number[];
  total: number;
}

const scipy: { cases: Case[] } = JSON.parse(
  readFileSync(new URL('./fixtures/scipy.json', import.meta.url), 'utf8'),
);

describe.each<[string, AssignmentSolver, string[]]>([
  ['solveAssignment', solveAssignment, []],
  ['jonkerVolgenant', jonkerVolgenant, []],
  ['auction', auction, []],
  ['hungarianOn3', hungarianOn3(hungarian), ['huge and tiny 6 x 6']],
])('%s gives the total that SciPy gives', (_, solver, skip) => {
  it.each(scipy.cases.filter(({ name }) => !skip.includes(name)).map((c) => [c.name, c] as const))(
    '%s',
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
});

describe('auction', () => {
  it.each(Object.entries(costFamilies(300, createRng(6))))('is certified optimal at 300: %s', (_, costs) => {
    expect(certify(costs, auction(costs)).optimal).toBe(true);
  });

  it('agrees with munkres on 400 image-noise costs', () => {
    const costs = costFamilies(400, createRng(7))['image-noise']!;
    const rows = Array.from({ length: 400 }, (_, i) =>
      Array.from({ length: 400 }, (_, j) => costs.get(i, j)),
    );
    const total = (munkres(rows) as [number, number][]).reduce((sum, [i, j]) => sum + rows[i]![j]!, 0);
    expect(Math.abs(auction(costs).totalCost - total)).toBeLessThan(1e-12 * total);
  });
});

describe('any solver', () => {
  it.each([
    ['auction', auction],
    ['jonkerVolgenant', jonkerVolgenant],
    ['solveAssignment', solveAssignment],
  ] as const)('gives the same answer whatever it solved before: %s', (_, solver) => {
    const problems = Object.values(costFamilies(90, createRng(9)));
    const first = problems.map((costs) => solver(costs));
    for (const k of [...problems.keys()].reverse()) expect(solver(problems[k]!)).toEqual(first[k]);
  });

  it.each([
    ['auction', auction],
    ['jonkerVolgenant', jonkerVolgenant],
  ] as const)('comes to the optimum from any duals to start with: %s', (_, solver) => {
    for (const costs of Object.values(costFamilies(90, createRng(10)))) {
      const { totalCost, colDual } = solver(costs);
      for (const start of [colDual, colDual.map((v, j) => v + Math.sin(j)), new Float64Array(90)]) {
        const again = solver(costs, { colDual: start });
        expect(certify(costs, again).optimal).toBe(true);
        expect(Math.abs(again.totalCost - totalCost)).toBeLessThanOrEqual(1e-9 * Math.abs(totalCost));
      }
    }
  });

  it('maximizes by least cost of the negated matrix', () => {
    for (const costs of Object.values(costFamilies(80, createRng(11)))) {
      if (costs.data.includes(Infinity)) continue;
      const negated = costsOf(80, 80, (i, j) => -costs.get(i, j));
      const { totalCost, gap, rowDual } = solveAssignment(costs, { maximize: true });
      expect(totalCost + solveAssignment(negated).totalCost).toBe(0);
      expect(gap).toBeGreaterThanOrEqual(0);
      expect(rowDual).toHaveLength(80);
    }
  });
});

describe('linearSumAssignment', () => {
  it('returns the pairs that SciPy returns, where the optimum is unique', () => {
    for (const { name, shape, cost, maximize, rows, cols } of scipy.cases) {
      if (name.includes('ties') || name.includes('huge')) continue;
      const result = linearSumAssignment(ndarray(Float64Array.from(cost, Number), shape), { maximize });
      expect(result.map((indices) => [...indices])).toEqual([rows, cols]);
    }
  });
});

describe('solveAssignment', () => {
  it('refuses a solver whose answer is not optimal', () => {
    const costs = costsOf(3, 3, (i, j) => (i + 1) * (j + 1));
    const identity = (): Assignment => ({
      ...jonkerVolgenant(costs),
      rowToCol: Int32Array.of(0, 1, 2),
      colToRow: Int32Array.of(0, 1, 2),
    });
    expect(() => solveAssignment(costs, { solver: identity })).toThrow(/must return the optimum/);
  });

  it('matches brute force, or names the defect, on any matrix of doubles', () => {
    const entry = fc.oneof(
      { weight: 24, arbitrary: fc.double({ min: -10, max: 10, noNaN: true }) },
      { weight: 6, arbitrary: fc.integer({ min: 0, max: 3 }) },
      { weight: 3, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }) },
      {
        weight: 1,
        arbitrary: fc.constantFrom(Infinity, Infinity, 5e-324, 1e-300, 1e300, -1e300, 0, -0, NaN, -Infinity),
      },
    );
    const anyMatrix = fc
      .tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 6 }))
      .chain(([rows, cols]) =>
        fc.tuple(
          fc.constant<number[]>([rows, cols]),
          fc.array(entry, { minLength: rows * cols, maxLength: rows * cols }),
        ),
      );
    fc.assert(
      fc.property(anyMatrix, ([shape, values]) => {
        const costs = ndarray(Float64Array.from(values), shape);
        const wide = shape[0]! <= shape[1]! ? costs : costs.transpose(1, 0);
        if (values.some((v) => Number.isNaN(v) || v === -Infinity)) {
          expect(() => solveAssignment(costs)).toThrow(RangeError);
          return;
        }
        const best = bruteForce(wide);
        if (best === Infinity && !values.every(Number.isFinite)) {
          expect(() => solveAssignment(costs)).toThrow(RangeError);
          return;
        }
        const size = values.reduce((sum, v) => sum + (v < Infinity ? Math.abs(v) : 0), 0);
        if (size < Infinity) {
          const { totalCost } = solveAssignment(costs);
          expect(Math.abs(totalCost - best)).toBeLessThanOrEqual(1e-12 * size);
        }
      }),
      { seed: 1, numRuns: 1500 },
    );
  });
});

describe('certify', () => {
  const costs = costFamilies(30, createRng(8)).uniform!;
  const optimum = jonkerVolgenant(costs);

  it('measures how far a worse assignment is from the optimum', () => {
    const [a, b] = [optimum.rowToCol[0]!, optimum.rowToCol[1]!];
    const rowToCol = optimum.rowToCol.slice();
    const colToRow = optimum.colToRow.slice();
    rowToCol.set([b, a]);
    colToRow[a] = 1;
    colToRow[b] = 0;
    const worse = costs.get(0, b) + costs.get(1, a) - costs.get(0, a) - costs.get(1, b);
    const certificate = certify(costs, { ...optimum, rowToCol, colToRow });
    expect(certificate.optimal).toBe(false);
    expect(certificate.gap).toBeCloseTo(worse, 12);
  });

  it('is not taken in by infeasible duals', () => {
    const rowDual = optimum.rowDual.map((u) => u + 1);
    const { maxViolation, bound } = certify(costs, { ...optimum, rowDual });
    expect(maxViolation).toBeCloseTo(1, 12);
    expect(bound).toBeLessThanOrEqual(optimum.totalCost + 1e-12);
  });

  it('names the defect of what is no matching', () => {
    const rowToCol = optimum.rowToCol.slice();
    rowToCol[0] = rowToCol[1]!;
    expect(certify(costs, { ...optimum, rowToCol }).defect).toMatch(/row 0 has column/);
    expect(() => certify(costs, { ...optimum, colDual: new Float64Array(3) })).toThrow(
      /colDual must have length 30/,
    );
  });
});
