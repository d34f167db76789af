import { checkNdArray, checkOptions } from '@immiscible/core';
import type { NdArray } from 'ndarray';
import type { Assignment, CostMatrix } from './assignment.js';
import { checkMatrix } from './check-matrix.js';
import { SOLVE_OPTIONS, solveAssignment, type SolveOptions } from './solve.js';

/** A rank-3 array of cost matrices, `[problems, rows, cols]`, any strides. */
export type CostBatch = NdArray<Float64Array> | NdArray<Float32Array>;

/**
 * Solves several problems, one after the other.
 *
 * @param costs - a list of matrices of any shapes, or `[problems, rows, cols]`
 * @param options - as {@link solveAssignment}'s, for all of them
 * @throws as {@link solveAssignment}; RangeError if an array hasn't rank 3
 */
export function solveBatch(
  costs: readonly CostMatrix[] | CostBatch,
  options: SolveOptions = {},
): Assignment[] {
  checkOptions('solveBatch', options, SOLVE_OPTIONS);
  return matricesOf('solveBatch', costs).map((cost) => solveAssignment(cost, options));
}

/** The matrices of a batch: views. */
export function matricesOf(fn: string, costs: readonly CostMatrix[] | CostBatch): CostMatrix[] {
  if (Array.isArray(costs)) {
    costs.forEach((cost: CostMatrix, k) => checkMatrix(`${fn}: problem ${k}`, cost));
    return [...(costs as readonly CostMatrix[])];
  }
  checkNdArray(fn, 'costs', costs);
  const batch = costs as CostBatch;
  if (batch.shape.length !== 3) {
    throw new RangeError(
      `${fn}: costs must have rank 3 [problems, rows, cols], got shape [${batch.shape.join(',')}]`,
    );
  }
  return Array.from({ length: batch.shape[0] as number }, (_, k) => batch.pick(k, null, null) as CostMatrix);
}
