import { createRng } from '@immiscible/core';
import ndarray, { type NdArray } from 'ndarray';
import { describe, expect, it } from 'vitest';
import { costFamilies, costsOf } from './cost-families.js';
import { bruteForce, dualityGap, matchingDefect, type SolverAnswer } from './solver-oracle.js';

/** `AssignmentSolver` of `@immiscible/assignment`, to a package that doesn't import it. */
export type SolverUnderTest = (
  cost: NdArray<Float64Array>,
  options?: { readonly maximize?: boolean },
) => SolverAnswer;

/** What {@link describeAssignmentSolver} is told of a solver. */
export interface AssignmentSolverTraits {
  /**
   * Whether it finds the optimum; otherwise its `gap` must bound how far it is from it.
   * @defaultValue true
   */
  readonly exact?: boolean;
  /** Families of {@link costFamilies} that are beyond its arithmetic. @defaultValue none */
  readonly skip?: readonly string[];
}

/** Some rows and columns of a matrix, as views and as copies. */
function viewsWithCopies(): [view: NdArray<Float64Array>, copy: NdArray<Float64Array>][] {
  const rng = createRng(5);
  const big = costsOf(9, 14, () => rng.uniform());
  const views = [big.transpose(1, 0), big.lo(1, 2).hi(6, 7), big.step(2, -1), big.hi(9, 9)];
  return views.map((view) => {
    const [rows, cols] = view.shape as [number, number];
    return [view, costsOf(rows, cols, (i, j) => view.get(i, j))];
  });
}

/** Small whole costs, square and wide, with their least totals by trying all assignments. */
function smallProblems(): { cost: NdArray<Float64Array>; least: number }[] {
  const rng = createRng(3);
  return Array.from({ length: 60 }, () => {
    const rows = rng.integer(1, 7);
    const cost = costsOf(rows, rng.integer(rows, 8), () => rng.integer(-5, 6));
    return { cost, least: bruteForce(cost) };
  });
}

function describeAnswers(solver: SolverUnderTest, skip: readonly string[]): void {
  const families = Object.entries(costFamilies(61, createRng(4))).filter(([name]) => !skip.includes(name));

  it.each(families)('assigns each row a column of its own, at the total that it says: %s', (_, cost) => {
    expect(matchingDefect(cost, solver(cost))).toBeUndefined();
  });

  it('assigns all columns where there are fewer of them', () => {
    const rng = createRng(6);
    const cost = costsOf(7, 4, () => rng.uniform());
    const { rowToCol, colToRow, ...answer } = solver(cost);
    expect(matchingDefect(cost, { rowToCol, colToRow, ...answer })).toBeUndefined();
    expect([...colToRow]).not.toContain(-1);
    expect([...rowToCol].filter((j) => j === -1)).toHaveLength(3);
  });

  it('leaves an empty matrix empty', () => {
    for (const [rows, cols] of [
      [0, 0],
      [0, 3],
      [3, 0],
    ] as const) {
      const { rowToCol, colToRow, totalCost, gap } = solver(costsOf(rows, cols, () => 0));
      expect([...rowToCol]).toEqual(Array(rows).fill(-1));
      expect([...colToRow]).toEqual(Array(cols).fill(-1));
      expect([totalCost, gap]).toEqual([0, 0]);
    }
  });

  it('reads transposed and strided views as their copies', () => {
    for (const [view, copy] of viewsWithCopies()) expect(solver(view)).toEqual(solver(copy));
  });

  it('gives the same answer again, and leaves the costs as they are', () => {
    for (const [, cost] of families) {
      const before = cost.data.slice();
      expect(solver(cost)).toEqual(solver(cost));
      expect(cost.data).toEqual(before);
    }
  });

  it('bounds by its gap how far it is from the least total of all, by brute force', () => {
    for (const { cost, least } of smallProblems()) {
      const { totalCost, gap } = solver(cost);
      expect(gap).toBeGreaterThanOrEqual(0);
      expect(totalCost - gap).toBeLessThanOrEqual(least);
    }
  });

  it('maximizes as it minimizes the negated costs', () => {
    const rng = createRng(7);
    const cost = costsOf(20, 20, () => rng.normal());
    const most = solver(cost, { maximize: true });
    expect([...most.rowToCol]).toEqual([...solver(costsOf(20, 20, (i, j) => -cost.get(i, j))).rowToCol]);
    expect(matchingDefect(cost, most)).toBeUndefined();
    expect(most.gap).toBeGreaterThanOrEqual(0);
  });
}

function describeOptima(solver: SolverUnderTest, skip: readonly string[]): void {
  const families = Object.entries(costFamilies(61, createRng(4))).filter(([name]) => !skip.includes(name));

  it('finds the least total of all, by brute force on small matrices, square and rectangular', () => {
    for (const { cost, least } of smallProblems()) expect(solver(cost).totalCost).toBe(least);
  });

  it.each(families)('is proven optimal by its duals: %s', (_, cost) => {
    const { gap, rounding } = dualityGap(cost, solver(cost));
    expect(gap).toBeLessThanOrEqual(rounding);
  });

  it('reverses the order for costs i·j (Machol and Wien)', () => {
    const cost = costsOf(20, 20, (i, j) => (i + 1) * (j + 1));
    expect([...solver(cost).rowToCol]).toEqual(Array.from({ length: 20 }, (_, i) => 19 - i));
  });

  it('solves the two worked examples of optax (optimum 15 and 265)', () => {
    const first = [8, 4, 7, 5, 2, 3, 9, 6, 7, 9, 4, 8];
    expect(solver(ndarray(Float64Array.from(first), [4, 3])).totalCost).toBe(15);
    const second = [90, 80, 75, 70, 35, 85, 55, 65, 125, 95, 90, 95, 45, 110, 95, 115];
    expect(solver(ndarray(Float64Array.from(second), [4, 4])).totalCost).toBe(265);
  });

  it('says when forbidden pairs leave no complete assignment', () => {
    const twoFightForOne = costsOf(3, 3, (i, j) => (i < 2 && j > 0 ? Infinity : i + j));
    expect(() => solver(twoFightForOne)).toThrow(RangeError);
    expect(() => solver(costsOf(2, 2, () => Infinity))).toThrow(RangeError);
  });
}

function describeRefusals(solver: SolverUnderTest): void {
  it.each([
    ['a NaN', NaN, {}],
    ['a gain without end', -Infinity, {}],
    ['a gain without end, maximizing', Infinity, { maximize: true }],
  ])('names row and column of %s', (_, value, options) => {
    const cost = costsOf(3, 4, (i, j) => (i === 1 && j === 2 ? value : 1));
    expect(() => solver(cost, options)).toThrow(RangeError);
    expect(() => solver(cost, options)).toThrow(/row 1\b.*column 2\b/);
    expect(() => solver(cost.transpose(1, 0), options)).toThrow(/row 2\b.*column 1\b/);
  });

  it('refuses what is no matrix', () => {
    expect(() => solver(ndarray(new Float64Array(8), [2, 2, 2]))).toThrow(/rank 2/);
    expect(() => solver([[1]] as never)).toThrow(TypeError);
  });
}

/**
 * The contract suite of assignment solvers: functions from a cost matrix of any strides to a one-to-one matching with duals and a gap.
 * Nothing of the solver's own is believed: optima are compared with brute force on small matrices and proven from the duals by weak
 * duality on others, and the gap must bound how far a total is from the optimum.
 *
 * @param name - for the title
 * @param solver - takes +Infinity for a forbidden pair
 * @param traits - whether it is exact, and costs that are beyond it
 */
export function describeAssignmentSolver(
  name: string,
  solver: SolverUnderTest,
  { exact = true, skip = [] }: AssignmentSolverTraits = {},
): void {
  describe(`${name} is an assignment solver`, () => {
    describeAnswers(solver, skip);
    if (exact) describeOptima(solver, skip);
    describeRefusals(solver);
  });
}
