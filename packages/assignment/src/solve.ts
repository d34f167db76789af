import type { Assignment, AssignmentOptions, AssignmentSolver, CostMatrix } from './assignment.js';
import { auction } from './auction.js';
import { certify } from './certify.js';
import { isRounding } from './finish.js';
import { jonkerVolgenant } from './jonker-volgenant.js';

export interface SolveOptions extends AssignmentOptions {
  /** The solver to use. @defaultValue the auction for a square matrix from 64 on, else shortest augmenting paths */
  readonly solver?: AssignmentSolver;
}

/** Below this the auction's phases cost more than they save. */
const AUCTION_FROM = 64;

/**
 * The assignment of least total cost (ties aside), certified on the costs as given.
 *
 * @param cost - `[rows, cols]`, any strides; rows are assigned to columns. +Infinity forbids a pair
 * @returns all rows assigned if rows ≤ cols, else all columns
 * @throws RangeError for a NaN (naming row and column), an infinite gain, or if no complete assignment exists; Error if
 *   the solver's answer isn't optimal
 * @example
 * const { rowToCol, totalCost } = solveAssignment(ndarray([4, 1, 3, 2, 0, 5, 3, 2, 2], [3, 3]));
 * // rowToCol: 1 0 2, totalCost: 5
 */
export function solveAssignment(cost: CostMatrix, options: SolveOptions = {}): Assignment {
  const { solver = defaultSolver(cost), maximize = false } = options;
  const assignment = solver(cost, { maximize });
  // Their gap is the certificate's already.
  if ((solver === auction || solver === jonkerVolgenant) && isRounding(assignment.gap, assignment))
    return assignment;
  const { optimal, gap, defect } = certify(cost, assignment, { maximize });
  if (!optimal) {
    throw new Error(
      `solveAssignment: solver must return the optimum, got ${defect ?? `a total that may be off by ${gap}`}; ` +
        `call the solver itself if an approximation will do`,
    );
  }
  return assignment;
}

function defaultSolver(cost: CostMatrix): AssignmentSolver {
  const shape = cost?.shape ?? [];
  return shape.length === 2 && shape[0] === shape[1] && (shape[0] as number) >= AUCTION_FROM
    ? auction
    : jonkerVolgenant;
}
