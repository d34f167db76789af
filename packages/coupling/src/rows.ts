import type { Batch } from '@immiscible/core';
import ndarray, { type NdArray } from 'ndarray';

/** `[B,…]` as `[B,D]`, without a copy. */
export function rows({ data, shape, size }: NdArray<Float32Array>): NdArray<Float32Array> {
  const count = shape[0] as number;
  return ndarray(data, [count, size / count]);
}

/** Row i of the result is row `order[i]` of `array`. */
export function permuted({ data, shape, size }: Batch['noise'], order: Int32Array): Batch['noise'] {
  const length = size / order.length;
  const out = new Float32Array(size);
  order.forEach((from, i) => out.set(data.subarray(from * length, (from + 1) * length), i * length));
  return ndarray(out, [...shape]);
}
