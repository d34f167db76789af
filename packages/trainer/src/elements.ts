import { check } from '@immiscible/core';
import type { NdArray } from 'ndarray';

/**
 * The elements of a host array in row-major order, as a view.
 *
 * @throws RangeError unless the array is contiguous
 */
export function elements<T extends Float32Array | Int32Array>(name: string, array: NdArray<T>): T {
  let size = 1;
  for (let axis = array.shape.length - 1; axis >= 0; axis--) {
    const length = array.shape[axis] as number;
    check(
      length <= 1 || array.stride[axis] === size,
      'train',
      name,
      'contiguous, in row-major order',
      `strides [${array.stride.join(',')}]`,
      'copy it first',
    );
    size *= length;
  }
  return array.data.subarray(array.offset, array.offset + size) as T;
}
