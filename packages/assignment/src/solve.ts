import { checkOptions, type OptionKeys } from '@immiscible/core';
import type { Assignment, AssignmentOptions, AssignmentSolver, CostMatrix } from './assignment.js';
import { auction } from './auction.js';
import { certify } from './certify.js';
import { checkAssignment, checkMatrix, checkSolver, checkValues, SOLVER_OPTIONS } from './check-matrix.js';
import { type CostRows, costRows } from './cost-rows.js';
import { isNegligible, isRounding, withRounding } from './rounding.js';
import { jonkerVolgenant, shortestPaths } from './jonker-volgenant.js';
import { monge } from './monge.js';
import { proofToAssignment } from './to-assignment.js';

/** Options of {@link solveAssignment}. */
export interface SolveOptions extends AssignmentOptions {
  /**
   * The solver to use.
   * @defaultValue by size, shape and a look at the costs: see {@link automatic}
   */
  readonly solver?: AssignmentSolver;
}

/** The options of {@link solveAssignment}. */
export const SOLVE_OPTIONS: OptionKeys<SolveOptions> = { ...SOLVER_OPTIONS, solver: true };

/** Below this the auction's phases cost more than they save. */
const AUCTION_FROM = 64;
/** Share of the rows, and at least how many, whose cheapest columns are looked at. */
const SAMPLE_SHARE = 1 / 16;
const LEAST_SAMPLE = 48;
/** Rows after which the first collision settles it. */
const FIRST_LOOK = 16;

/**
 * The assignment of least total cost (ties aside), certified on the costs as given.
 *
 * @param cost - `[rows, cols]`, any strides; rows are assigned to columns. +Infinity forbids a pair
 * @param options - solver, whether to maximize, warm start
 * @returns all rows assigned if rows ≤ cols, else all columns
 * @throws TypeError for what is no matrix or solver; RangeError for an unknown option, a NaN (naming row and column), an infinite gain, or if
 *   no complete assignment exists; Error if the solver's answer isn't optimal
 * @example
 * const { rowToCol, totalCost } = solveAssignment(ndarray([4, 1, 3, 2, 0, 5, 3, 2, 2], [3, 3]));
 * // rowToCol: 1 0 2, totalCost: 5
 */
export function solveAssignment(cost: CostMatrix, options: SolveOptions = {}): Assignment {
  const fn = 'solveAssignment';
  checkMatrix(fn, cost);
  checkOptions(fn, options, SOLVE_OPTIONS);
  checkValues(fn, options, cost);
  return solveChecked(fn, cost, options);
}

/** The same under the name of the function that was called, which has checked its arguments. */
export function solveChecked(fn: string, cost: CostMatrix, options: SolveOptions): Assignment {
  const { solver = automatic, maximize = false, colDual } = options;
  checkSolver(fn, solver);
  const assignment = solver(cost, colDual ? { maximize, colDual } : { maximize });
  checkAssignment(fn, 'solver must return an assignment', assignment);
  // Their gap is the certificate's already.
  if (
    (solver === automatic || solver === auction || solver === jonkerVolgenant) &&
    isRounding(assignment.gap, assignment)
  )
    return assignment;
  const { optimal, gap, defect } = certify(cost, assignment, { maximize });
  if (!optimal) {
    throw new Error(
      `${fn}: solver must return the optimum, got ${defect ?? `a total that may be off by ${gap}`}; ` +
        `call the solver itself if an approximation will do`,
    );
  }
  return assignment;
}

/**
 * The default: what is Monge (costs x·y of numbers, i·j) is sorted; else square matrices from 64 on go to the auction,
 * unless rows don't compete (a sample of them has different cheapest columns, or most have several); others to shortest augmenting paths.
 */
function automatic(cost: CostMatrix, options: AssignmentOptions = {}): Assignment {
  const [n, cols] = cost.shape as [number, number];
  if (n !== cols || n < AUCTION_FROM) return shortestPaths('solveAssignment', cost, options);
  if (options.colDual) return auction(cost, options);
  const rows = costRows(cost, options.maximize ?? false);
  const sorted = monge(rows, n);
  if (sorted) {
    const assignment = proofToAssignment(rows, sorted);
    if (isNegligible(assignment.gap, cost, assignment)) return withRounding(cost, assignment);
  }
  return compete(rows, n) ? auction(cost, options) : shortestPaths('solveAssignment', cost, options);
}

/** Whether some of a sample of rows have the same cheapest column, and most have only one. */
function compete(rows: CostRows, n: number): boolean {
  const sample = Math.min(n, Math.max(LEAST_SAMPLE, Math.floor(n * SAMPLE_SHARE)));
  const taken = new Uint8Array(n);
  const line = new Float64Array(n);
  let collisions = 0;
  let ties = 0;
  for (let s = 0; s < sample; s++) {
    rows.copy(Math.floor((s * n) / sample), 1, line);
    let least = Infinity;
    let cheapest = 0;
    let tied = false;
    for (let j = 0; j < n; j++) {
      const value = rows.sign * (line[j] as number);
      if (value <= least) {
        tied = value === least;
        least = value;
        cheapest = j;
      }
    }
    if (tied) ties++;
    if (taken[cheapest] === 1) collisions++;
    taken[cheapest] = 1;
    if (s >= FIRST_LOOK && collisions > 0) return 2 * ties <= s;
  }
  return collisions > 0 && 2 * ties <= sample;
}
