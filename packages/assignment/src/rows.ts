import { rowMajor } from '@immiscible/core';
import type { NdArray } from 'ndarray';

export type Points = NdArray<Float32Array> | NdArray<Float64Array>;

/** Rows of numbers, one after the other. */
export interface Rows {
  readonly data: Float32Array | Float64Array;
  readonly count: number;
  readonly size: number;
}

/**
 * An array `[n, …]`, of any strides, as rows, each flattened.
 *
 * @throws TypeError if it is no NdArray; RangeError if its shape doesn't fit its data
 */
export function rowsOf(fn: string, name: string, array: Points): Rows {
  const given = rowMajor<Float32Array | Float64Array>(fn, name, array as NdArray<Float32Array>);
  // Bytes and whole numbers, which callers without a type checker have.
  const data =
    given instanceof Float32Array || given instanceof Float64Array ? given : Float64Array.from(given);
  const count = array.shape[0] ?? 1;
  return { data, count, size: count === 0 ? 0 : data.length / count };
}

/** Rows whose terms are added up before the next block: rounding grows with it, not with the rows' length. */
export const NORM_DEPTH = 512;

/** ‖row‖², float64. */
export function squaredNorms({ data, count, size }: Rows): Float64Array {
  const norms = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    let total = 0;
    for (let from = i * size, end = from + size; from < end; from += NORM_DEPTH) {
      let sum = 0;
      for (let k = from, to = Math.min(end, from + NORM_DEPTH); k < to; k++) sum += (data[k] as number) ** 2;
      total += sum;
    }
    norms[i] = total;
  }
  return norms;
}

/** Copies `count` rows from row `first` on into rows of `width` numbers; what is left of those, and of `to`, becomes 0. */
export function pack(rows: Rows, first: number, count: number, width: number, to: Float32Array): void {
  const { data, size } = rows;
  if (width === size) to.set(data.subarray(first * size, (first + count) * size));
  else {
    for (let i = 0; i < count; i++) {
      to.set(data.subarray((first + i) * size, (first + i + 1) * size), i * width);
      to.fill(0, i * width + size, (i + 1) * width);
    }
  }
  to.fill(0, count * width);
}
