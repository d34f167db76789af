import type { AssignmentSolver, CostMatrix } from '@immiscible/assignment';
import { type Batch, check, describe } from '@immiscible/core';
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

/** Rows `from` to `to` (exclusive), without a copy. */
export function slice(array: NdArray<Float32Array>, from: number, to: number): NdArray<Float32Array> {
  const [, ...rest] = array.shape;
  const length = rest.reduce((product, n) => product * n, 1);
  return ndarray(array.data.subarray(from * length, to * length), [to - from, ...rest]);
}

/** The rows of one array, then those of another. */
export function stacked(first: NdArray<Float32Array>, second: NdArray<Float32Array>): NdArray<Float32Array> {
  const data = new Float32Array(first.size + second.size);
  data.set(first.data);
  data.set(second.data, first.size);
  const [count = 0, ...rest] = first.shape;
  return ndarray(data, [count + (second.shape[0] as number), ...rest]);
}

/** @throws TypeError unless `solver` is a function */
export function checkSolver(fn: string, solver: AssignmentSolver): void {
  if (typeof solver !== 'function') {
    throw new TypeError(
      `${fn}: solver must be a function such as jonkerVolgenant of @immiscible/assignment, got ${describe(solver)}`,
    );
  }
}

/**
 * The noise that a solver gives to each image.
 *
 * @throws TypeError if it returns no assignment; RangeError unless each image has a noise of its own
 */
export function solved(fn: string, solver: AssignmentSolver, cost: CostMatrix, count: number): Int32Array {
  const answer: unknown = solver(cost);
  const { rowToCol } = (answer ?? {}) as { rowToCol?: Int32Array };
  if (!ArrayBuffer.isView(rowToCol)) {
    throw new TypeError(
      `${fn}: solver must return an assignment with rowToCol, got ${describe(answer)}; ` +
        'other packages need an adapter such as hungarianOn3(hungarian)',
    );
  }
  const distinct = new Set(rowToCol);
  const fits =
    rowToCol.length === count && distinct.size === count && rowToCol.every((col) => col >= 0 && col < count);
  check(fits, fn, 'solver', `one that gives each of ${count} images a noise of its own`, 'another result');
  return rowToCol;
}
