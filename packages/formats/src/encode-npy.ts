import { check, rowMajor } from '@immiscible/core';
import type { NdArray } from 'ndarray';
import type { Numbers } from './element-types.js';
import { encodeZip, type EncodeZipOptions } from './encode-zip.js';

const DESCR: Readonly<Record<string, string>> = {
  Uint8Array: '|u1',
  Uint8ClampedArray: '|u1',
  Int8Array: '|i1',
  Uint16Array: '<u2',
  Int16Array: '<i2',
  Uint32Array: '<u4',
  Int32Array: '<i4',
  Float32Array: '<f4',
  Float64Array: '<f8',
  BigInt64Array: '<i8',
  BigUint64Array: '<u8',
};

/**
 * Writes an array as a `.npy` file, byte for byte as `numpy.save` does: version 1.0, row-major, little-endian.
 *
 * @param array - of any strides; borrowed
 * @throws TypeError if it is no `NdArray` on a typed array
 */
export function encodeNpy(array: NdArray<Numbers>): Uint8Array<ArrayBuffer> {
  const data = rowMajor('encodeNpy', 'array', array as NdArray<Float32Array>) as Numbers;
  // Node's Buffer is a Uint8Array by another name.
  const descr = data instanceof Uint8Array ? '|u1' : DESCR[data.constructor.name];
  check(descr !== undefined, 'encodeNpy', 'array', 'of numbers of 8 to 64 bits', data.constructor.name);
  const { shape } = array;
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${sizes}), }`;
  // The header ends at a multiple of 64, so that the numbers begin there.
  const offset = Math.ceil((10 + text.length + 1) / 64) * 64;
  const file = new Uint8Array(offset + data.byteLength);
  file.set([0x93, ...new TextEncoder().encode('NUMPY'), 1, 0, (offset - 10) & 255, (offset - 10) >> 8]);
  file.set(new TextEncoder().encode(`${text.padEnd(offset - 11)}\n`), 10);
  file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
  return file;
}

/**
 * Writes arrays as an `.npz` file, as `numpy.savez` does (`savez_compressed` with `deflate: true`). The same content
 * gives the same bytes.
 *
 * @param arrays - by name, without `.npy`; of any strides; borrowed
 * @param options - whether to deflate, as `savez_compressed` does
 * @example
 * const bytes = await encodeNpz({ mu: ndarray(mean, [2]), sigma: ndarray(covariance, [2, 2]) });
 */
export function encodeNpz(
  arrays: Readonly<Record<string, NdArray<Numbers>>>,
  options: EncodeZipOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  return encodeZip(
    Object.entries(arrays).map(([name, array]) => [`${name}.npy`, encodeNpy(array)] as const),
    options,
  );
}
