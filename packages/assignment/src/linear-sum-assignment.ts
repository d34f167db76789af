import type { AssignmentOptions, CostMatrix } from './assignment.js';
import { checkMatrix, checkSolverOptions } from './check-matrix.js';
import { solveChecked } from './solve.js';

/**
 * SciPy's `linear_sum_assignment`: which rows take which columns at the least total cost.
 *
 * @param cost - `[rows, cols]`, any strides
 * @param options - `maximize`, as SciPy's
 * @returns row indices in ascending order and the column of each, both int32 of length min(rows, cols)
 * @throws RangeError for a NaN, or if no complete assignment exists
 * @example
 * const [rows, cols] = linearSumAssignment(ndarray([4, 1, 3, 2, 0, 5, 3, 2, 2], [3, 3]));
 * // rows: 0 1 2, cols: 1 0 2
 */
export function linearSumAssignment(
  cost: CostMatrix,
  options: AssignmentOptions = {},
): [rowIndices: Int32Array, colIndices: Int32Array] {
  const fn = 'linearSumAssignment';
  checkMatrix(fn, cost);
  checkSolverOptions(fn, options, cost);
  const { rowToCol } = solveChecked(fn, cost, options);
  const rows = Int32Array.from(rowToCol.keys()).filter((i) => rowToCol[i] !== -1);
  return [rows, rows.map((i) => rowToCol[i] as number)];
}
