import { checkBytes, checkOptions, type OptionKeys } from '@immiscible/core';
import ndarray, { type NdArray } from 'ndarray';
import { gunzipChunks, isGzip, joined, pieces } from './inflate.js';
import { hex, quote } from './text.js';

/** The element types that IDX files know. */
export type IdxArray = Uint8Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array;

/** Options of {@link decodeIdx}. */
export interface DecodeIdxOptions {
  /**
   * What to call the file in error messages.
   * @defaultValue `"bytes"`
   */
  readonly name?: string;
}

const OPTIONS = { name: true } satisfies OptionKeys<DecodeIdxOptions>;
const fn = 'decodeIdx';

interface IdxType {
  readonly bytes: number;
  /** Copies `count` big-endian elements. */
  readonly read: (body: DataView, count: number) => IdxArray;
}

/** By type code, the third byte of an IDX file. */
const TYPES: Readonly<Record<number, IdxType>> = {
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
/** The longest header: 255 dimensions. */
const MAX_HEADER = 4 + 4 * 255;

function bytesOf(body: DataView, count: number): ArrayBuffer {
  return body.buffer.slice(body.byteOffset, body.byteOffset + count) as ArrayBuffer;
}

/**
 * Reads an IDX file, the format of MNIST and its kin, gzipped or not.
 *
 * Two zero bytes, a type code, the number of dimensions, each dimension as a big-endian uint32, then the elements in
 * row-major order, big-endian. The header tells the size: no more is unpacked than that.
 *
 * @param bytes - the whole file; borrowed
 * @param options - what to call the file, and how large it may be
 * @returns an array of the file's shape and element type, contiguous
 * @throws RangeError if the file is truncated, damaged, longer than its header says, larger than memory may be, or not IDX
 * @see Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits", section "The IDX file format"
 */
export async function decodeIdx(
  bytes: Uint8Array,
  options: DecodeIdxOptions = {},
): Promise<NdArray<IdxArray>> {
  checkOptions(fn, options, OPTIONS);
  const { name = 'bytes' } = options;
  return parse(isGzip(bytes) ? await unpack(bytes, name) : bytes, name);
}

/** As much of the content as its header says, and a byte more where there is more. */
async function unpack(bytes: Uint8Array, name: string): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  let expected: number | undefined;
  const unpacked = gunzipChunks(pieces(bytes), (problem) => {
    throw new RangeError(
      `${fn}: ${name} must be a whole gzip file, got ${bytes.length} bytes of which ${size} could be unpacked ` +
        `(${quote(problem)}); fetch the file again`,
    );
  });
  for await (const part of unpacked) {
    parts.push(part);
    size += part.length;
    if (expected === undefined && size >= MAX_HEADER) {
      expected = headerOf(joined(parts, size), name).expected;
      checkBytes(fn, name, expected);
    }
    if (expected !== undefined && size > expected) break;
  }
  return joined(parts, size);
}

function headerOf(bytes: Uint8Array, name: string) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const type = bytes.length >= 4 && view.getUint16(0) === 0 ? TYPES[view.getUint8(2)] : undefined;
  const rank = type ? view.getUint8(3) : 0;
  const offset = 4 + 4 * rank;
  if (type === undefined || bytes.length < offset) {
    throw new RangeError(
      `${fn}: ${name} must be an IDX file (00 00, a type code, the number of dimensions, the dimensions), ` +
        `got ${bytes.length} bytes that start with "${hex(bytes.subarray(0, 4))}"`,
    );
  }
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const count = shape.reduce((product, size) => product * size, 1);
  return { type, shape, count, offset, expected: offset + count * type.bytes };
}

function parse(bytes: Uint8Array, name: string): NdArray<IdxArray> {
  const { type, shape, count, offset, expected } = headerOf(bytes, name);
  if (bytes.length !== expected) {
    throw new RangeError(
      `${fn}: ${name} must hold ${expected} bytes, as its header says (shape [${shape.join(',')}]), ` +
        `got ${bytes.length}${bytes.length > expected ? ' or more' : ''}; fetch the file again`,
    );
  }
  return ndarray(type.read(new DataView(bytes.buffer, bytes.byteOffset + offset), count), shape);
}
