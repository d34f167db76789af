import ndarray, { type NdArray } from 'ndarray';
import { elementCount, elementTypes, hex, latin1, type Numbers, readNumbers } from './bytes.js';

/** The header of a `.npy` file. */
export interface NpyHeader {
  /** Kind and size: `"f4"`, `"u1"`, … */
  readonly type: string;
  readonly bigEndian: boolean;
  readonly fortran: boolean;
  readonly shape: readonly number[];
  /** Where the elements begin. */
  readonly offset: number;
}

const dictionary =
  /^\{\s*'descr':\s*'([<>|=])([a-z]\d+)',\s*'fortran_order':\s*(True|False),\s*'shape':\s*\(([\d,\s]*)\),?\s*\}\s*$/;

/**
 * Reads the header of a `.npy` file, of which `bytes` holds at least the beginning.
 *
 * @throws RangeError if it is not one, or its elements aren't numbers of a fixed size
 */
export function parseNpyHeader(bytes: Uint8Array, name: string): NpyHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = bytes[6] ?? 0;
  const start = version === 1 ? 10 : 12;
  const magic =
    bytes.length >= start && latin1(bytes.subarray(0, 6)) === '\x93NUMPY' && version >= 1 && version <= 3;
  if (!magic) {
    throw new RangeError(
      `readNpy: ${name} must be a .npy file of version 1 to 3, got ${bytes.length} bytes that start with "${hex(bytes)}"`,
    );
  }
  const offset = start + (version === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  const text = offset <= bytes.length ? latin1(bytes.subarray(start, offset)) : undefined;
  const [, order, type = '', fortran, sizes = ''] = (text !== undefined && dictionary.exec(text)) || [];
  const shape = sizes
    .split(',')
    .map((size) => size.trim())
    .filter((size) => size !== '')
    .map(Number);
  if (order === undefined || !Object.hasOwn(elementTypes, type) || elementCount(shape) === undefined) {
    throw new RangeError(
      `readNpy: ${name} must hold numbers with a shape, got ` +
        (text === undefined
          ? 'a header that is cut off'
          : `the header ${JSON.stringify(text.trim().slice(0, 120))}`),
    );
  }
  return { type, bigEndian: order === '>', fortran: fortran === 'True', shape, offset };
}

/**
 * Reads a `.npy` file, numpy's array format.
 *
 * @param bytes - the whole file; borrowed
 * @param name - what to call the file in error messages
 * @returns an array of the file's shape. float16 is widened to float32, booleans come as 0 and 1, 64-bit integers as
 *   bigints. Arrays in Fortran order keep it: then the strides are not row-major
 * @throws RangeError if the file is truncated, longer than its header says, or holds something but numbers
 * @see numpy, `numpy.lib.format`
 */
export function readNpy(bytes: Uint8Array, name = 'bytes'): NdArray<Numbers> {
  const { type, bigEndian, fortran, shape, offset } = parseNpyHeader(bytes, name);
  const element = elementTypes[type] as (typeof elementTypes)[string];
  const expected = offset + (elementCount(shape) as number) * element.bytes;
  if (bytes.length !== expected) {
    throw new RangeError(
      `readNpy: ${name} must hold ${expected} bytes, as its header says (shape [${shape.join(',')}], ${type}), ` +
        `got ${bytes.length}; it is ${bytes.length < expected ? 'truncated' : 'followed by something else'}`,
    );
  }
  const data = readNumbers(bytes.subarray(offset), element, bigEndian);
  if (!fortran) return ndarray(data, [...shape]) as NdArray<Numbers>;
  const stride = shape.map((_, axis) => shape.slice(0, axis).reduce((product, size) => product * size, 1));
  return ndarray(data, [...shape], stride) as NdArray<Numbers>;
}
