import type { Assignment, CostMatrix } from './assignment.js';
import { certify } from './certify.js';
import { type DenseCost, costAt } from './dense-cost.js';
import { type Duals, EXACT, roundingOf, TINY } from './rounding.js';
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

/** Whether a gap is nothing beside the assigned costs themselves, and these aren't drowned by the duals. */
export function isNegligible(gap: number, cost: CostMatrix, assignment: Assignment): boolean {
  return isNegligibleBeside(assignedSize(cost, assignment.rowToCol), gap, assignment);
}

/** The same for costs of this size together. */
export function isNegligibleBeside(size: number, gap: number, { rowDual, colDual }: Duals): boolean {
  return gap <= 1e-13 * size && !drowned(size, rowDual, colDual);
}

/** An answer whose gap says all: rounding too, and that there is no telling where the total is beyond float64. */
export function withRounding<T extends Assignment>(cost: CostMatrix, answer: T): T {
  if (!Number.isFinite(answer.totalCost)) return { ...answer, gap: Infinity };
  return {
    ...answer,
    gap: Math.max(0, answer.gap) + roundingOf(assignedSize(cost, answer.rowToCol), answer),
  };
}

/** Σ |cost| of the assigned pairs. */
export function assignedSize(cost: CostMatrix, rowToCol: Int32Array): number {
  let size = 0;
  for (let i = 0; i < rowToCol.length; i++) {
    const j = rowToCol[i] as number;
    if (j >= 0) size += Math.abs(costAt(cost, i, j));
  }
  return size;
}

/** In multiples of all assigned costs together: from here on rounding of duals hides differences of 1e-12 of these. */
const DROWNING = 1000;
/** Sums of 0 are exact as long as duals are smaller than this. */
const EXACT_BELOW = 2 ** 50;

/** Whether duals are so much larger than the assigned costs that their rounding hides small differences. */
export function drowned(size: number, ...duals: Float64Array[]): boolean {
  const most = size === 0 ? EXACT_BELOW : DROWNING * size;
  return duals.some((dual) => dual.some((x) => Math.abs(x) > most));
}
