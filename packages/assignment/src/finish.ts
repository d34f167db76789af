import type { Assignment, CostMatrix } from './assignment.js';
import { certify } from './certify.js';
import { type DenseCost, costAt } from './dense-cost.js';
import { EXACT, TINY } from './rounding.js';
import type { Matching } from './shortest-augmenting-path.js';

/** Undoes what {@link denseCost} did to a problem, and adds total and gap on the costs as given. */
export function toAssignment(
  cost: CostMatrix,
  dense: DenseCost,
  matching: Matching,
  maximize: boolean,
): Assignment {
  const unscale = (dual: Float64Array) => dual.map((value) => value / dense.factor);
  const rowDual = unscale(dense.transposed ? matching.colDual : matching.rowDual);
  const colDual = unscale(dense.transposed ? matching.rowDual : matching.colDual);
  const rowToCol = dense.transposed ? matching.colToRow : matching.rowToCol;
  const colToRow = dense.transposed ? matching.rowToCol : matching.colToRow;
  return withTotals(cost, { rowToCol, colToRow, rowDual, colDual }, maximize);
}

/** Adds total cost and gap to a matching with duals. */
function withTotals(
  cost: CostMatrix,
  parts: Pick<Assignment, 'rowToCol' | 'colToRow' | 'rowDual' | 'colDual'>,
  maximize: boolean,
): Assignment {
  let totalCost = 0;
  for (let i = 0; i < parts.rowToCol.length; i++) {
    const j = parts.rowToCol[i] as number;
    if (j >= 0) totalCost += costAt(cost, i, j);
  }
  const { gap } = certify(cost, { ...parts, totalCost, gap: 0 }, { maximize });
  return { ...parts, totalCost, gap };
}

/** Whether a gap is nothing but rounding, for costs of this size. */
export function isRounding(gap: number, assignment: Assignment): boolean {
  let size = Math.abs(assignment.totalCost);
  for (const dual of assignment.rowDual) size += Math.abs(dual);
  for (const dual of assignment.colDual) size += Math.abs(dual);
  return gap <= EXACT * size + TINY * (assignment.rowToCol.length + assignment.colToRow.length);
}

/** Whether a gap is nothing beside the assigned costs themselves, however large the duals are. */
export function isNegligible(gap: number, cost: CostMatrix, assignment: Assignment): boolean {
  let size = 0;
  for (let i = 0; i < assignment.rowToCol.length; i++) {
    const j = assignment.rowToCol[i] as number;
    if (j >= 0) size += Math.abs(costAt(cost, i, j));
  }
  return gap <= 1e-13 * size;
}
