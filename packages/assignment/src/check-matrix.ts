import { check, checkNdArray, checkOptions, describe, type OptionKeys } from '@immiscible/core';
import type { Assignment, AssignmentOptions, AssignmentSolver, CostMatrix } from './assignment.js';

/**
 * Refuses what is no matrix.
 *
 * @throws TypeError if `cost` is no NdArray on numbers; RangeError if it hasn't rank 2 or its shape exceeds its data
 */
export function checkMatrix(fn: string, cost: CostMatrix): void {
  const data: unknown = (cost as { data?: unknown } | null | undefined)?.data;
  // Plain arrays of numbers may hold costs too: as many bytes have their bounds.
  const view = Array.isArray(data) && 'stride' in cost ? bounds(cost, data.length) : cost;
  checkNdArray(fn, 'cost', view);
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    throw new TypeError(`${fn}: cost must hold numbers, got BigInts; convert them`);
  }
  if (cost.shape.length !== 2) {
    throw new RangeError(`${fn}: cost must have rank 2 [rows, cols], got shape [${cost.shape.join(',')}]`);
  }
}

const bounds = ({ shape, stride, offset }: CostMatrix, length: number) => ({
  shape,
  stride,
  offset,
  data: new Uint8Array(length),
});

/** The options that all solvers have. */
export const SOLVER_OPTIONS: OptionKeys<AssignmentOptions> = { maximize: true, colDual: true };

/** @throws RangeError for an option that solvers haven't, duals of another length, or a `maximize` that is neither true nor false */
export function checkSolverOptions(fn: string, options: AssignmentOptions, cost: CostMatrix): void {
  checkOptions(fn, options, SOLVER_OPTIONS);
  checkValues(fn, options, cost);
}

/** The same for the values alone. */
export function checkValues(fn: string, { maximize, colDual }: AssignmentOptions, cost: CostMatrix): void {
  check(maximize === undefined || typeof maximize === 'boolean', fn, 'maximize', 'true or false', maximize);
  if (colDual !== undefined) checkColDual(fn, colDual, cost.shape[1] as number);
}

/** @throws TypeError or RangeError unless duals are finite numbers, one a column */
export function checkColDual(fn: string, colDual: Float64Array, cols: number): void {
  if (!ArrayBuffer.isView(colDual) && !Array.isArray(colDual)) {
    throw new TypeError(
      `${fn}: colDual must be the Float64Array of an earlier answer, got ${describe(colDual)}`,
    );
  }
  check(colDual.length === cols, fn, 'colDual', `${cols} numbers, one a column`, `${colDual.length}`);
  const bad = colDual.findIndex((dual) => !Number.isFinite(dual));
  check(bad < 0, fn, `colDual[${bad}]`, 'a finite number', colDual[bad]);
}

/** @throws TypeError unless `solver` is a function */
export function checkSolver(fn: string, solver: unknown): asserts solver is AssignmentSolver {
  if (typeof solver !== 'function') {
    throw new TypeError(
      `${fn}: solver must be a function such as jonkerVolgenant, got ${describe(solver)}; import one`,
    );
  }
}

/** @throws TypeError unless what a solver returned, or a caller has, is an assignment */
export function checkAssignment(fn: string, what: string, value: unknown): asserts value is Assignment {
  const parts = (value ?? {}) as Partial<Record<keyof Assignment, unknown>>;
  const names = ['rowToCol', 'colToRow', 'rowDual', 'colDual'] as const;
  const missing = names.find((name) => !ArrayBuffer.isView(parts[name]) && !Array.isArray(parts[name]));
  if (missing !== undefined) {
    throw new TypeError(
      `${fn}: ${what} with rowToCol, colToRow, rowDual and colDual, got ${describe(value)}; ` +
        'other packages need an adapter such as hungarianOn3(hungarian)',
    );
  }
}
