import { elementCount, elementTypes, type Numbers, readNumbers } from './bytes.js';
import type { PickleValue } from './pickle.js';

/** One of the few functions that a data pickle may name. */
export type PickleCallable = (args: readonly PickleValue[]) => PickleValue;

/** A numpy dtype, of fixed-size numbers only. */
export class PickledDtype {
  readonly code: string;
  bigEndian = false;
  constructor(code: string) {
    this.code = code;
  }
}

/** A numpy array; its fields are set when the pickle has told all of it. */
export class PickledArray {
  shape: readonly number[] = [0];
  data: Numbers = new Uint8Array(0);
  fortran = false;
}

const bytesOf = (value: PickleValue | undefined): Uint8Array => {
  if (value instanceof Uint8Array) return value;
  if (typeof value === 'string') return encodeLatin1([value, 'latin1']) as Uint8Array;
  throw new RangeError('array content that is not bytes');
};

/** How Python 3 writes bytes at protocols below 3: `_codecs.encode(text, "latin1")`. */
const encodeLatin1: PickleCallable = ([text, codec]) => {
  const known = codec === 'latin1' || codec === 'latin-1';
  if (typeof text !== 'string' || !known) throw new RangeError('an encoding other than latin1');
  return Uint8Array.from(text, (c) => {
    const code = c.charCodeAt(0);
    if (code > 255) throw new RangeError('latin1 text with a character above 255');
    return code;
  });
};

const dtype: PickleCallable = ([code]) => {
  const text = code instanceof Uint8Array ? String.fromCharCode(...code.subarray(0, 8)) : String(code);
  const plain = text.replace(/^[<|=]/, '');
  if (!Object.hasOwn(elementTypes, plain)) {
    throw new RangeError(`the dtype ${JSON.stringify(text.slice(0, 20))}, where a number type was expected`);
  }
  return new PickledDtype(plain);
};

/** Protocol 5: `_frombuffer(buffer, dtype, shape, order)`. */
const fromBuffer: PickleCallable = ([buffer, type, shape, order]) => {
  const array = new PickledArray();
  fill(array, shape, type, order === 'F', buffer);
  return array;
};

const known: Readonly<Record<string, PickleCallable>> = {
  // Called as _reconstruct(ndarray, (0,), b'b'); all that matters comes with the state.
  'multiarray._reconstruct': () => new PickledArray(),
  'numeric._frombuffer': fromBuffer,
};

/** The function behind a global of a pickle, or undefined: then it must not be read. */
export function callable(module: string, identifier: string): PickleCallable | undefined {
  const name = `${module}.${identifier}`;
  if (name === '_codecs.encode') return encodeLatin1;
  if (name === 'numpy.dtype') return dtype;
  // As a class it is only an argument of _reconstruct.
  if (name === 'numpy.ndarray') return () => new PickledArray();
  const inner = /^numpy\._?core\.(.*)$/.exec(name)?.[1];
  return inner !== undefined && Object.hasOwn(known, inner) ? known[inner] : undefined;
}

/** Python's `__setstate__` of the two numpy classes. */
export function setState(target: PickleValue, state: PickleValue): void {
  if (!Array.isArray(state)) throw new RangeError('a state that is not a tuple');
  if (target instanceof PickledDtype) {
    const order = state[1] instanceof Uint8Array ? String.fromCharCode(state[1][0] ?? 0) : state[1];
    target.bigEndian = order === '>';
  } else if (target instanceof PickledArray) {
    fill(target, state[1], state[2], state[3] === true || state[3] === 1, state[4]);
  } else throw new RangeError('a state for something that is no array');
}

function fill(
  array: PickledArray,
  shape: PickleValue | undefined,
  type: PickleValue | undefined,
  fortran: boolean,
  content: PickleValue | undefined,
): void {
  const sizes = Array.isArray(shape) ? (shape as number[]) : [];
  const count = elementCount(sizes);
  const element = type instanceof PickledDtype ? elementTypes[type.code] : undefined;
  const bytes = bytesOf(content);
  if (count === undefined || element === undefined)
    throw new RangeError('an array without shape or number type');
  if (bytes.length !== count * element.bytes) {
    throw new RangeError(
      `${bytes.length} bytes for an array of shape [${sizes.join(',')}] × ${element.bytes} bytes`,
    );
  }
  array.shape = [...sizes];
  array.fortran = fortran;
  array.data = readNumbers(bytes, element, (type as PickledDtype).bigEndian);
}
