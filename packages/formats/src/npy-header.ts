import { check } from '@immiscible/core';
import { elementCount, type ElementType, elementTypes, MAX_RANK } from './element-types.js';
import { parsePythonLiteral, type PythonLiteral } from './python-literal.js';
import { hex, latin1, quote } from './text.js';

/** The header of a `.npy` file. */
export interface NpyHeader {
  /** NumPy's kind and size: `"f4"`, `"u1"`, … */
  readonly dtype: string;
  /** Whether the high byte of a number comes first. */
  readonly bigEndian: boolean;
  /** Whether the first axis is the fastest, as in Fortran and MATLAB. */
  readonly fortran: boolean;
  /** Sizes of the axes, none for a single number. */
  readonly shape: readonly number[];
  /** How many numbers there are. */
  readonly count: number;
  /** Where they begin. */
  readonly offset: number;
}

/** The most that a header may be. NumPy reads at most 10,000 bytes without being told to trust the file. */
const MAX_HEADER = 1 << 16;

/** How many bytes the header takes, from the file's first 12 bytes; more than the file has if it is cut off. */
export function npyHeaderLength(fn: string, name: string, start: Uint8Array, fileSize: number): number {
  const version = start[6] ?? 0;
  const isNpy = latin1(start.subarray(0, 6)) === '\x93NUMPY' && version >= 1 && version <= 3;
  const found = `${fileSize} bytes that start with "${hex(start)}"`;
  if (!isNpy || start.length < (version === 1 ? 10 : 12)) {
    throw new RangeError(`${fn}: ${name} must be a .npy file of version 1 to 3, got ${found}`);
  }
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
  const length = version === 1 ? 10 + view.getUint16(8, true) : 12 + view.getUint32(8, true);
  check(length <= MAX_HEADER, fn, `the header of ${name}`, `at most ${MAX_HEADER} bytes long`, length);
  return length;
}

/**
 * Reads the header of a `.npy` file: a Python dict of `descr`, `fortran_order` and `shape`, in any order and either kind
 * of quotes, with Python 2's `50L` too.
 *
 * @param bytes - the whole header, at least
 * @param fileSize - of the whole file
 * @throws RangeError if the header is damaged, the elements aren't numbers of a fixed size, or the file has another size
 *   than they take
 * @see NumPy, `numpy.lib.format`
 */
export function parseNpyHeader(fn: string, name: string, bytes: Uint8Array, fileSize: number): NpyHeader {
  const offset = npyHeaderLength(fn, name, bytes.subarray(0, 12), fileSize);
  const text = latin1(bytes.subarray(bytes[6] === 1 ? 10 : 12, offset));
  const fail = (found: string): never => {
    throw new RangeError(`${fn}: ${name} must hold numbers with a shape, got ${found}`);
  };
  if (bytes.length < offset) return fail('a header that is cut off');
  const header = parsePythonLiteral(text);
  if (!(header instanceof Map)) return fail(`the header ${quote(text.trim(), 120)}`);
  const [descr, fortran, shape] = ['descr', 'fortran_order', 'shape'].map((key) => header.get(key));
  const [, order, dtype = ''] = (typeof descr === 'string' && /^([<>|=]?)([a-z]\d+)$/.exec(descr)) || [];
  if (!Object.hasOwn(elementTypes, dtype) || dtype === 'bf2' || typeof fortran !== 'boolean') {
    return fail(`the header ${quote(text.trim(), 120)}`);
  }
  const count = isNumbers(shape) ? elementCount(shape) : undefined;
  if (count === undefined) {
    const rank =
      Array.isArray(shape) && shape.length > MAX_RANK ? `a shape of ${shape.length} axes` : undefined;
    return fail(rank ?? `the header ${quote(text.trim(), 120)}`);
  }
  const expected = offset + count * (elementTypes[dtype] as ElementType).bytes;
  if (fileSize !== expected) {
    throw new RangeError(
      `${fn}: ${name} must hold ${expected} bytes, as its header says (shape [${String(shape)}], ${dtype}), ` +
        `got ${fileSize}; it is ${fileSize < expected ? 'truncated' : 'followed by something else'}`,
    );
  }
  return { dtype, bigEndian: order === '>', fortran, shape: shape as number[], count, offset };
}

function isNumbers(value: PythonLiteral | undefined): value is number[] {
  return Array.isArray(value) && value.every((size) => typeof size === 'number');
}
