import type { Assignment } from './assignment.js';

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
