import type { Assignment, CostMatrix } from './assignment.js';
import { costAt } from './dense-cost.js';

/** Relative gap up to which an answer counts as exact: float64 rounding in sums of costs and duals. */
export const EXACT = 1e-12;

/** The same for numbers too small for a relative one: denormals, and what scaling huge costs made of them. */
export const TINY: number = Number.MIN_VALUE * 2 ** 34;

/** What adding and subtracting costs and duals once each can round away, as a share of them: four roundings a pair. */
const ROUNDED = 2 ** -51;

export type Duals = Pick<Assignment, 'rowDual' | 'colDual'>;

/**
 * How far a gap computed from duals can be from the true one by rounding in float64.
 *
 * @param size - Σ |cost| of the assigned pairs
 */
export function roundingOf(size: number, { rowDual, colDual }: Duals): number {
  let rounding = ROUNDED * size;
  // Multiplied first: sums of huge duals would overflow.
  for (const dual of rowDual) rounding += ROUNDED * Math.abs(dual);
  for (const dual of colDual) rounding += ROUNDED * Math.abs(dual);
  return rounding;
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
