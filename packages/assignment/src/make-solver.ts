import type { AssignmentSolver } from './assignment.js';
import { checkMatrix, checkSolverOptions } from './check-matrix.js';
import { denseCost } from './dense-cost.js';
import { matchingToAssignment } from './to-assignment.js';
import type { Matching } from './shortest-augmenting-path.js';

/** What is left of a problem once it has been checked: a minimization with at least as many columns as rows. */
export interface SolverProblem {
  /** How many rows, each of which gets a column. */
  readonly rows: number;
  /** How many columns, at least `rows`. */
  readonly cols: number;
  /** float64 `[rows·cols]`, row-major; +Infinity where a pair is forbidden. */
  readonly values: Float64Array;
  /** Whether no pair is forbidden. */
  readonly finite: boolean;
}

/**
 * Makes a solver of an algorithm: whatever strides, element type, shape and sense a cost matrix has, the algorithm sees a dense
 * minimization of at least as many columns as rows, and the answer gets its total and its gap, by the duals, on the costs as given.
 *
 * @param name - of the solver, for errors
 * @param algorithm - gives each row a column, with duals `u[i] + v[j] ≤ values[i·cols + j]` and `v[j] ≤ 0`; throws a RangeError if
 * forbidden pairs leave no complete assignment
 */
export function makeSolver(name: string, algorithm: (problem: SolverProblem) => Matching): AssignmentSolver {
  return (cost, options = {}) => {
    checkMatrix(name, cost);
    checkSolverOptions(name, options, cost);
    const { maximize = false } = options;
    const dense = denseCost(name, cost, maximize);
    return matchingToAssignment(cost, dense, algorithm(dense), maximize);
  };
}
