// An import would look for the package, which only those have who use it.
// eslint-disable-next-line @typescript-eslint/triple-slash-reference
/// <reference path="./hungarian-on3-module.d.ts" preserve="true" />
import { describe } from '@immiscible/core';
import type { AssignmentSolver } from './assignment.js';
import { dualsOf } from './duals-of.js';
import { makeSolver, type SolverProblem } from './make-solver.js';

/** The function that the npm package `hungarian-on3` exports: pairs [row, column] of least total cost. */
export type HungarianOn3 = (cost: number[][]) => [row: number, col: number][];

/**
 * Makes the npm package `hungarian-on3` an {@link AssignmentSolver}. It knows square matrices of costs in [0, 2^30):
 * others are shifted, scaled, padded with zeros to a square, and a forbidden pair costs more than any complete assignment.
 * It returns no duals: they are computed from its matching, and `gap` says what that was worth.
 *
 * @param hungarian - `import hungarian from 'hungarian-on3'`
 */
export function hungarianOn3(hungarian: HungarianOn3): AssignmentSolver {
  const fn = 'hungarianOn3';
  if (typeof hungarian !== 'function') {
    throw new TypeError(
      `${fn}: hungarian must be the function that the package hungarian-on3 exports, got ${describe(hungarian)}`,
    );
  }
  return makeSolver(fn, (problem) => {
    const { rows, cols, values } = problem;
    const rowToCol = new Int32Array(rows).fill(-1);
    const colToRow = new Int32Array(cols).fill(-1);
    for (const [i, j] of rows === 0 ? [] : hungarian(squareOf(problem))) {
      if (i >= rows) continue;
      if (values[i * cols + j] === Infinity) {
        throw new RangeError(`${fn}: cost must allow a complete assignment, got an infeasible one`);
      }
      rowToCol[i] = j;
      colToRow[j] = i;
    }
    return { rowToCol, colToRow, ...dualsOf(values, rows, cols, rowToCol, colToRow) };
  });
}

/** The costs as the package takes them: square, in [0, 2^30). */
function squareOf({ rows, cols, values, finite }: SolverProblem): number[][] {
  let least = Infinity;
  let most = -Infinity;
  for (const value of values) {
    if (value < least) least = value;
    if (value < Infinity && value > most) most = value;
  }
  // The package takes 2^30 for infinite. No complete assignment of finite costs is as dear as one forbidden pair.
  const range = most > least ? most - least : 1;
  const forbidden = finite ? range : range * (rows + 1);
  const scale = forbidden >= 2 ** 29 || forbidden < 2 ** -29 ? 2 ** 29 / forbidden : 1;
  return Array.from({ length: cols }, (_, i) =>
    Array.from({ length: cols }, (_, j) => {
      if (i >= rows) return 0;
      const value = values[i * cols + j] as number;
      return scale * (value < Infinity ? value - least : forbidden);
    }),
  );
}
