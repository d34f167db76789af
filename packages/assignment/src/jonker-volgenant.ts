import type { Assignment, AssignmentOptions, CostMatrix } from './assignment.js';
import { type DenseCost, denseCost } from './dense-cost.js';
import { toAssignment } from './finish.js';
import { augment, greedyMatching, type Matching } from './shortest-augmenting-path.js';

/**
 * The exact optimum by shortest augmenting paths in float64, for any shape and any costs; O(rows² · cols).
 *
 * @param cost - `[rows, cols]`; +Infinity forbids a pair (−Infinity with `maximize`)
 * @throws RangeError for a NaN or an infinite gain (naming row and column), or if no complete assignment exists
 * @see Jonker & Volgenant 1987; Crouse 2016, "On implementing 2D rectangular assignment algorithms"
 */
export function jonkerVolgenant(cost: CostMatrix, options: AssignmentOptions = {}): Assignment {
  const { maximize = false } = options;
  const dense = denseCost('jonkerVolgenant', cost, maximize);
  return toAssignment(cost, dense, solveDense('jonkerVolgenant', dense), maximize);
}

/**
 * Shortest augmenting paths from column duals 0. (Column means would be a faster start for image–noise costs, but they
 * drown small costs beside huge ones; the auction has them, and comes back here where that happened.)
 */
export function solveDense(fn: string, dense: DenseCost): Matching {
  const { rows, cols, values } = dense;
  const matching = greedyMatching(values, rows, cols, new Float64Array(cols));
  const unmatched = augment(values, rows, cols, matching);
  if (unmatched !== -1) {
    const side = dense.transposed ? 'column' : 'row';
    throw new RangeError(
      `${fn}: cost must allow a complete assignment, got an infeasible one: ${side} ${unmatched} ` +
        `and those that compete with it are left with too few pairs that aren't forbidden`,
    );
  }
  return matching;
}
