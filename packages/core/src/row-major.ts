import type { NdArray } from 'ndarray';
import { check } from './checks.js';

/** Typed arrays that an `NdArray` of this library holds. */
export type Elements =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint8ClampedArray
  | Uint16Array
  | Uint32Array;

/**
 * The elements of a host array in row-major order, whatever its strides: a view where it is contiguous, else a copy.
 * The one place that reads strides for functions that work on whole arrays; each public function that takes an
 * `NdArray` calls it (or refuses by it), so that a cropped, transposed or stepped view means what it shows.
 *
 * @param fn - the function that asks, for messages
 * @param name - the argument's name, for messages
 * @param array - any rank and strides, negative ones too; borrowed
 * @returns exactly `array.size` elements; borrowed where contiguous: not to be changed
 * @throws TypeError if it isn't an `NdArray` on a typed array (a tensor, nested arrays, a bare typed array)
 * @throws RangeError if shape and strides reach outside the data
 */
export function rowMajor<T extends Elements>(fn: string, name: string, array: NdArray<T>): T {
  checkNdArray(fn, name, array);
  const { shape, stride, offset, data } = array;
  const size = shape.reduce((product, length) => product * length, 1);
  if (isContiguous(shape, stride)) {
    return (offset === 0 && data.length === size ? data : data.subarray(offset, offset + size)) as T;
  }
  const copy = new (data.constructor as new (length: number) => T)(size);
  const rank = shape.length;
  const inner = shape[rank - 1] as number;
  const step = stride[rank - 1] as number;
  const index = new Array<number>(rank).fill(0);
  let from = offset;
  for (let to = 0; to < size;) {
    for (let i = 0, k = from; i < inner; i++, k += step) copy[to++] = data[k] as number;
    for (let axis = rank - 2; axis >= 0; axis--) {
      from += stride[axis] as number;
      if (++(index[axis] as number) < (shape[axis] as number)) break;
      from -= (stride[axis] as number) * (shape[axis] as number);
      index[axis] = 0;
    }
  }
  return copy;
}

/**
 * Refuses what is no `NdArray` on a typed array.
 *
 * @param fn - the function that asks, for messages
 * @param name - the argument's name, for messages
 * @param array - what was given
 * @throws as {@link rowMajor}
 */
export function checkNdArray(fn: string, name: string, array: unknown): void {
  const { shape, stride, offset, data } = (array ?? {}) as Partial<NdArray<Elements>>;
  const isArray =
    Array.isArray(shape) &&
    Array.isArray(stride) &&
    ArrayBuffer.isView(data) &&
    typeof (data as { length?: unknown }).length === 'number' &&
    Number.isInteger(offset);
  if (!isArray)
    throw new TypeError(`${fn}: ${name} must be an NdArray on a typed array, got ${kindOf(array)}`);
  let first = offset as number;
  let last = offset as number;
  let empty = false;
  shape.forEach((length, axis) => {
    check(Number.isInteger(length) && length >= 0, fn, `${name}.shape`, 'of whole numbers', shape);
    if (length === 0) empty = true;
    const reach = (length - 1) * (stride[axis] as number);
    if (reach < 0) first += reach;
    else last += reach;
  });
  check(
    empty || (first >= 0 && last < data.length),
    fn,
    name,
    `within its data of ${data.length} numbers`,
    `shape [${shape.join(',')}], strides [${stride.join(',')}], offset ${offset}`,
  );
}

/** What was given instead of an `NdArray`, and how to make one of it. */
function kindOf(value: unknown): string {
  const make = 'ndarray(data, shape) of the package ndarray makes one';
  if (typeof value !== 'object' || value === null)
    return `${typeof value === 'object' ? 'null' : typeof value}; ${make}`;
  if (Array.isArray(value)) return `a plain array; ${make} of Float32Array.from(values.flat(Infinity))`;
  if ('dataSync' in value) return 'a tensor; ndarray(await tensor.data(), tensor.shape) makes one';
  if (ArrayBuffer.isView(value)) return `a bare ${value.constructor.name}; ${make}`;
  return `${'shape' in value ? 'an object whose data is no typed array' : 'an object without shape and data'}; ${make}`;
}

function isContiguous(shape: readonly number[], stride: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const length = shape[axis] as number;
    if (length === 0) return true;
    if (length > 1 && stride[axis] !== expected) return false;
    expected *= length;
  }
  return true;
}
