import { checkBytes, checkInteger, checkOptions, type OptionKeys, rowMajor } from '@immiscible/core';
import ndarray, { type NdArray } from 'ndarray';
import { type ByteSource, owning, readBytes } from './byte-source.js';
import { type ElementType, elementTypes, type Numbers, numbersOf, numbersShape } from './element-types.js';
import { joined } from './inflate.js';
import { type NpyHeader, npyHeaderLength, parseNpyHeader } from './npy-header.js';

/** Options of {@link decodeNpy}. */
export interface DecodeNpyOptions {
  /**
   * What to call the file in error messages.
   * @defaultValue `"bytes"`
   */
  readonly name?: string;
}

const OPTIONS = { name: true } satisfies OptionKeys<DecodeNpyOptions>;

/**
 * Reads a `.npy` file, NumPy's array format, that is in memory; {@link openNpy} reads blocks of a larger one.
 *
 * @param bytes - the whole file; borrowed
 * @param options - what to call the file
 * @returns an array of the file's shape. float16 is widened to float32, booleans come as 0 and 1, 64-bit integers as
 *   bigints, complex numbers with a last axis of 2. Arrays in Fortran order keep it: then the strides are not row-major
 * @throws RangeError if the file is truncated, longer than its header says, or holds something but numbers
 * @see NumPy, `numpy.lib.format`
 */
export function decodeNpy(bytes: Uint8Array, options: DecodeNpyOptions = {}): NdArray<Numbers> {
  checkOptions('decodeNpy', options, OPTIONS);
  const { name = 'bytes' } = options;
  const header = parseNpyHeader('decodeNpy', name, bytes, bytes.length);
  // Not `slice`: that of Node's Buffer, which is a Uint8Array too, copies nothing.
  return arrayOf(header, new Uint8Array(bytes.subarray(header.offset)));
}

/** A `.npy` file whose rows are read when they are asked for. */
export interface NpyFile extends Pick<NpyHeader, 'dtype' | 'fortran' | 'shape'> {
  /**
   * Rows of the first axis: `[count, …]`, row-major, whatever the file's order. Only their bytes are read, so the array
   * may be larger than memory (one in Fortran order may not: its rows are spread over the file).
   *
   * @throws RangeError if there are no such rows, or they take more memory than allowed
   */
  rows(start: number, count: number): Promise<NdArray<Numbers>>;
  /** All of it, as {@link decodeNpy} gives it. */
  read(): Promise<NdArray<Numbers>>;
  /** Closes its source. */
  close(): Promise<void>;
}

const fn = 'openNpy';

/**
 * Opens a `.npy` file of any size; only its header is read.
 *
 * @param source - closed with the file, or if it is refused
 * @throws RangeError as {@link decodeNpy}
 */
export async function openNpy(source: ByteSource): Promise<NpyFile> {
  return owning(source, async () => {
    const { name, size } = source;
    const start = await readBytes(fn, source, 0, Math.min(12, size));
    const length = Math.min(size, npyHeaderLength(fn, name, start, size));
    // From where the first bytes end: in order, so that a zip's checksum can be followed.
    const rest = await readBytes(fn, source, start.length, Math.max(0, length - start.length));
    const header = parseNpyHeader(fn, name, joined([start, rest], start.length + rest.length), size);
    const { shape, fortran, dtype, offset } = header;
    const rowCount = shape[0] ?? 0;
    const rowBytes = (size - offset) / Math.max(rowCount, 1);
    const read = async (): Promise<NdArray<Numbers>> =>
      arrayOf(header, await readBytes(fn, source, offset, size - offset));
    let whole: Promise<NdArray<Numbers>> | undefined;
    return {
      dtype,
      fortran,
      shape,
      read,
      async rows(first, count) {
        checkInteger('rows', 'start', first, 0);
        checkInteger('rows', 'count', count, 0);
        if (shape.length === 0 || first + count > rowCount) {
          const there = shape.length === 0 ? 'a single number' : `${rowCount} rows`;
          throw new RangeError(`rows: ${name} must hold rows ${first} to ${first + count}, got ${there}`);
        }
        if (fortran && shape.length > 1) return rowsOf(await (whole ??= read()), first, count);
        checkBytes('rows', `${count} rows of ${name}`, count * rowBytes);
        const bytes = await readBytes('rows', source, offset + first * rowBytes, count * rowBytes);
        return arrayOf({ ...header, shape: [count, ...shape.slice(1)], fortran: false }, bytes);
      },
      close: () => source.close(),
    };
  });
}

function arrayOf(
  { dtype, bigEndian, fortran, shape }: NpyHeader,
  bytes: Uint8Array<ArrayBuffer>,
): NdArray<Numbers> {
  const type = elementTypes[dtype] as ElementType;
  const data = numbersOf(bytes, type, bigEndian);
  const sizes = numbersShape(shape, type);
  if (!fortran) return ndarray(data, sizes) as NdArray<Numbers>;
  // The parts of a complex number lie side by side in either order.
  const inner = type.complex ? 2 : 1;
  const stride = shape.map((_, axis) =>
    shape.slice(0, axis).reduce((product, size) => product * size, inner),
  );
  return ndarray(data, sizes, type.complex ? [...stride, 1] : stride) as NdArray<Numbers>;
}

function rowsOf(array: NdArray<Numbers>, first: number, count: number): NdArray<Numbers> {
  const view = array.lo(first).hi(count) as unknown as NdArray<Float32Array>;
  const data = rowMajor('rows', 'array', view);
  return ndarray(data, [...view.shape]) as NdArray<Numbers>;
}
