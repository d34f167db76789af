import type { CostMatrix } from './assignment.js';

/** A cost matrix as the solvers want it: checked, dense, minimizing, at least as many columns as rows. */
export interface DenseCost {
  readonly rows: number;
  readonly cols: number;
  /** Row-major float64; +Infinity where a pair is forbidden. */
  readonly values: Float64Array;
  /** True if rows and columns were exchanged. */
  readonly transposed: boolean;
  /** True if no pair is forbidden. */
  readonly finite: boolean;
  /** What `values` were multiplied by: −1 for maximizing, times a power of two for huge costs. */
  readonly factor: number;
}

/** Costs beyond this are scaled down, so that sums along a path can't overflow. */
export const HUGE: number = 2 ** 1000;
/** By this. */
export const SHRINK: number = 2 ** -30;

/**
 * Copies a cost matrix.
 *
 * @throws RangeError if it has a NaN or an infinite gain
 */
export function denseCost(fn: string, cost: CostMatrix, maximize: boolean): DenseCost {
  const [givenRows, givenCols] = cost.shape as [number, number];
  const [rowStride, colStride] = cost.stride as [number, number];
  const transposed = givenRows > givenCols;
  const rows = Math.min(givenRows, givenCols);
  const cols = Math.max(givenRows, givenCols);
  const outer = transposed ? colStride : rowStride;
  const inner = transposed ? rowStride : colStride;
  const data = cost.data as ArrayLike<number>;
  const values = new Float64Array(rows * cols);
  const sign = maximize ? -1 : 1;
  let largest = 0;
  let finite = true;
  for (let i = 0, k = 0; i < rows; i++) {
    for (let j = 0, at = cost.offset + i * outer; j < cols; j++, k++, at += inner) {
      const value = sign * (data[at] as number);
      values[k] = value;
      const size = Math.abs(value);
      if (size <= HUGE) {
        if (size > largest) largest = size;
      } else if (value === Infinity) {
        finite = false;
      } else if (size < Infinity) {
        largest = size;
      } else {
        const [row, col] = transposed ? [j, i] : [i, j];
        if (Number.isNaN(value)) {
          throw new RangeError(`${fn}: cost must be free of NaN, got NaN at row ${row}, column ${col}`);
        }
        throw new RangeError(
          `${fn}: cost must not be ${-sign * Infinity} when ${maximize ? 'maximizing' : 'minimizing'}, ` +
            `got it at row ${row}, column ${col}; ${sign * Infinity} forbids a pair`,
        );
      }
    }
  }
  let factor = sign;
  if (largest > HUGE) {
    factor = sign * SHRINK;
    for (let k = 0; k < values.length; k++) values[k] = (values[k] as number) * SHRINK;
  }
  return { rows, cols, values, transposed, finite, factor };
}

/** The number at row i, column j, whatever the strides. */
export function costAt(cost: CostMatrix, i: number, j: number): number {
  const [rowStride, colStride] = cost.stride as [number, number];
  return (cost.data as ArrayLike<number>)[cost.offset + i * rowStride + j * colStride] as number;
}
