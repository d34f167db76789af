import type { Assignment, AssignmentOptions, CostMatrix } from './assignment.js';
import { columnMeans } from './column-means.js';
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

/** Shortest augmenting paths from a start that is good for image–noise costs and does no harm to others. */
export function solveDense(fn: string, dense: DenseCost): Matching {
  const { rows, cols, values } = dense;
  // Square: any column duals will do, and the column means take out what all rows share.
  const colDual = rows === cols ? columnMeans(values, rows, cols) : new Float64Array(cols);
  const matching = greedyMatching(values, rows, cols, colDual);
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
