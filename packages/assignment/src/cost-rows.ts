import type { CostMatrix } from './assignment.js';

/** Reads rows of a cost matrix as float64, whatever its strides. */
export interface CostRows {
  /** −1 when maximizing: what costs are to be multiplied by. */
  readonly sign: number;
  /** How many rows are best copied at once, if not one. */
  readonly block?: number;
  /**
   * Copies `count` rows from row `first` on, as given, one after the other. `sign` times a copied cost is at most {@link CostRows.at}'s:
   * the same for a matrix, a lower bound where costs are computed.
   */
  copy(first: number, count: number, to: Float64Array): void;
  /** sign · cost of a pair. */
  at(i: number, j: number): number;
}

/** Rows of a matrix, negated by `at` when maximizing. */
export function costRows(cost: CostMatrix, maximize: boolean): CostRows {
  const [, cols] = cost.shape as [number, number];
  const [rowStride, colStride] = cost.stride as [number, number];
  const data = cost.data as Float64Array;
  const sign = maximize ? -1 : 1;
  const at = (i: number, j: number) => sign * (data[cost.offset + i * rowStride + j * colStride] as number);
  const whole = ArrayBuffer.isView(cost.data) && colStride === 1;
  const copy = (first: number, count: number, to: Float64Array) => {
    const from = cost.offset + first * rowStride;
    if (whole && !(cost.data instanceof Float64Array)) {
      // Faster than what engines do to set numbers of another kind.
      for (let r = 0, k = 0; r < count; r++) {
        for (let p = from + r * rowStride, end = p + cols; p < end; p++, k++) to[k] = data[p] as number;
      }
    } else if (whole && rowStride === cols) {
      to.set(data.subarray(from, from + count * cols));
    } else if (whole) {
      for (let r = 0; r < count; r++) {
        to.set(data.subarray(from + r * rowStride, from + r * rowStride + cols), r * cols);
      }
    } else {
      for (let r = 0, k = 0; r < count; r++) {
        for (let j = 0, p = from + r * rowStride; j < cols; j++, k++, p += colStride)
          to[k] = data[p] as number;
      }
    }
  };
  return { sign, copy, at };
}
