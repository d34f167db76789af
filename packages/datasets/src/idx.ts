import { checkOptions } from '@immiscible/core';
import ndarray, { type NdArray } from 'ndarray';
import { gunzip, isGzip } from './gunzip.js';

/** The element types that IDX files know. */
export type IdxArray = Uint8Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array;

export interface ReadIdxOptions {
  /**
   * What to call the file in error messages.
   * @defaultValue `"bytes"`
   */
  readonly name?: string;
}

interface ElementType {
  readonly bytes: number;
  /** Copies `count` big-endian elements. */
  readonly read: (body: DataView, count: number) => IdxArray;
}

/** By type code, the third byte of an IDX file. */
const elementTypes: Readonly<Record<number, ElementType>> = {
  0x08: { bytes: 1, read: (body, count) => new Uint8Array(bytesOf(body, count)) },
  0x09: { bytes: 1, read: (body, count) => new Int8Array(bytesOf(body, count)) },
  0x0b: {
    bytes: 2,
    read: (body, count) => Int16Array.from({ length: count }, (_, i) => body.getInt16(2 * i)),
  },
  0x0c: {
    bytes: 4,
    read: (body, count) => Int32Array.from({ length: count }, (_, i) => body.getInt32(4 * i)),
  },
  0x0d: {
    bytes: 4,
    read: (body, count) => Float32Array.from({ length: count }, (_, i) => body.getFloat32(4 * i)),
  },
  0x0e: {
    bytes: 8,
    read: (body, count) => Float64Array.from({ length: count }, (_, i) => body.getFloat64(8 * i)),
  },
};

function bytesOf(body: DataView, count: number): ArrayBuffer {
  return body.buffer.slice(body.byteOffset, body.byteOffset + count) as ArrayBuffer;
}

/**
 * Reads an IDX file, the format of MNIST and its kin, gzipped or not.
 *
 * Two zero bytes, a type code, the number of dimensions, each dimension as a big-endian uint32, then the elements in
 * row-major order, big-endian.
 *
 * @param bytes - the whole file; borrowed
 * @returns an array of the file's shape and element type, contiguous
 * @throws RangeError if the file is truncated, damaged, longer than its header says, or not IDX
 * @see Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits", section "The IDX file format"
 */
export async function readIdx(bytes: Uint8Array, options: ReadIdxOptions = {}): Promise<NdArray<IdxArray>> {
  checkOptions('readIdx', options, ['name']);
  const { name = 'bytes' } = options;
  if (!isGzip(bytes)) return parseIdx(bytes, name);
  const unzipped = await gunzip(bytes);
  if (unzipped.problem !== undefined) {
    throw new RangeError(
      `readIdx: ${name} must be a whole gzip file, got ${bytes.length} bytes of which ${unzipped.bytes.length} ` +
        `could be unpacked (${unzipped.problem}); fetch the file again`,
    );
  }
  return parseIdx(unzipped.bytes, name);
}

/** Reads an IDX file that is not compressed; see {@link readIdx}. */
export function parseIdx(bytes: Uint8Array, name: string): NdArray<IdxArray> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const type = bytes.length >= 4 && view.getUint16(0) === 0 ? elementTypes[view.getUint8(2)] : undefined;
  const rank = type ? view.getUint8(3) : 0;
  const header = 4 + 4 * rank;
  if (type === undefined || bytes.length < header) {
    const start = Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
    throw new RangeError(
      `readIdx: ${name} must be an IDX file (00 00, a type code, the number of dimensions, the dimensions), ` +
        `got ${bytes.length} bytes that start with "${start}"`,
    );
  }
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const count = shape.reduce((product, size) => product * size, 1);
  const expected = header + count * type.bytes;
  if (bytes.length !== expected) {
    throw new RangeError(
      `readIdx: ${name} must hold ${expected} bytes, as its header says (shape [${shape.join(',')}]), ` +
        `got ${bytes.length}; fetch the file again`,
    );
  }
  return ndarray(type.read(new DataView(bytes.buffer, bytes.byteOffset + header), count), shape);
}
