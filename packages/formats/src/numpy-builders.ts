import ndarray, { type NdArray } from 'ndarray';
import {
  elementCount,
  type ElementType,
  elementTypes,
  type Numbers,
  numbersOf,
  numbersShape,
} from './element-types.js';
import { kindOf, type PickleGlobal, type PickleProfile, type PickleValue } from './pickle-types.js';
import { latin1, quote } from './text.js';

/** A NumPy dtype, of fixed-size numbers only. */
export class PickledDtype {
  /** NumPy's kind and size: `"f4"`. */
  readonly code: string;
  bigEndian = false;
  constructor(code: string) {
    this.code = code;
  }
}

/** A NumPy array; its fields are set when the pickle has told all of it. */
export class PickledArray {
  /** As `decodeNpy` gives arrays. */
  array: NdArray<Numbers> = ndarray(new Uint8Array(0), [0]) as NdArray<Numbers>;
  fortran = false;
}

/** What is built of NumPy's globals. */
export type NumpyObject = PickledArray | PickledDtype;
type Value = PickleValue<NumpyObject>;
type Call = PickleGlobal<NumpyObject>['call'];

/** What {@link numpyBuilders} gives. */
export type NumpyBuilders = Pick<PickleProfile<NumpyObject>, 'global' | 'setState'>;

/** Counts memory that arrays take, and refuses more than a file of that size can mean. */
type Spend = (bytes: number) => void;

/**
 * The few functions that rebuild NumPy's arrays, dtypes and single numbers.
 *
 * @param fileSize - in bytes: arrays hold what the file holds, so they can't take much more, unless it repeats itself
 */
export function numpyBuilders(fileSize: number): NumpyBuilders {
  let budget = 8 * fileSize + 2 ** 20;
  const spend: Spend = (bytes) => {
    budget -= bytes;
    if (budget < 0) throw new RangeError('arrays that take far more memory than the file');
  };
  const builders: Readonly<Record<string, Call>> = {
    // Called as _reconstruct(ndarray, (0,), b'b'); all that matters comes with the state.
    'multiarray._reconstruct': () => new PickledArray(),
    // Protocol 5: _frombuffer(buffer, dtype, shape, order).
    'numeric._frombuffer': ([buffer, type, shape, order]) =>
      fill(spend, new PickledArray(), [shape, type, order === 'F', buffer]),
    'multiarray.scalar': ([type, content]) => scalar(spend, type, content),
  };
  return {
    global(name) {
      if (name === '_codecs.encode') return (args) => encodeLatin1(spend, args);
      if (name === 'numpy.dtype') return dtype;
      // As a class it is only an argument of _reconstruct.
      if (name === 'numpy.ndarray') return () => new PickledArray();
      const inner = /^numpy\._?core\.(.*)$/.exec(name)?.[1];
      return inner !== undefined && Object.hasOwn(builders, inner) ? builders[inner] : undefined;
    },
    setState(target, state) {
      if (!Array.isArray(state)) throw new RangeError('a state that is not a tuple');
      if (target instanceof PickledDtype) {
        const order = state[1] instanceof Uint8Array ? latin1(state[1].subarray(0, 1)) : state[1];
        target.bigEndian = order === '>';
      } else if (target instanceof PickledArray) {
        fill(spend, target, [state[1], state[2], state[3] === true || state[3] === 1, state[4]]);
      } else throw new RangeError(`a state for ${kindOf(target)}`);
    },
  };
}

/** How Python 3 writes bytes at protocols below 3: `_codecs.encode(text, "latin1")`. */
function encodeLatin1(spend: Spend, [text, codec]: readonly (Value | undefined)[]): Uint8Array {
  if (typeof text !== 'string' || (codec !== 'latin1' && codec !== 'latin-1')) {
    throw new RangeError('an encoding other than latin1');
  }
  spend(text.length);
  return Uint8Array.from(text, (c) => {
    const code = c.charCodeAt(0);
    if (code > 255) throw new RangeError('latin1 text with a character above 255');
    return code;
  });
}

function bytesOf(spend: Spend, value: Value | undefined): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (typeof value === 'string') return encodeLatin1(spend, [value, 'latin1']);
  throw new RangeError('array content that is not bytes');
}

function numbers(spend: Spend, type: PickledDtype, bytes: Uint8Array): Numbers {
  spend(bytes.length);
  return numbersOf(new Uint8Array(bytes), elementTypes[type.code] as ElementType, type.bigEndian);
}

/** Gives an array its shape and numbers. */
function fill(
  spend: Spend,
  array: PickledArray,
  [shape, type, fortran, content]: readonly (Value | undefined)[],
): PickledArray {
  const count = Array.isArray(shape) ? elementCount(shape as number[]) : undefined;
  if (count === undefined || !(type instanceof PickledDtype)) {
    throw new RangeError('an array without shape or number type');
  }
  const sizes = [...(shape as number[])];
  const element = elementTypes[type.code] as ElementType;
  const bytes = bytesOf(spend, content);
  if (bytes.length !== count * element.bytes) {
    throw new RangeError(
      `${bytes.length} bytes for an array of shape [${sizes.join(',')}] × ${element.bytes} bytes`,
    );
  }
  array.fortran = fortran === true && !element.complex;
  if (fortran === true && element.complex && sizes.length > 1)
    throw new RangeError('complex numbers in Fortran order');
  const stride = sizes.map((_, axis) => sizes.slice(0, axis).reduce((product, size) => product * size, 1));
  array.array = ndarray(
    numbers(spend, type, bytes),
    numbersShape(sizes, element),
    ...(array.fortran ? [stride] : []),
  ) as NdArray<Numbers>;
  return array;
}

function scalar(spend: Spend, type: Value | undefined, content: Value | undefined): Value {
  if (!(type instanceof PickledDtype)) throw new RangeError('a number without type');
  const bytes = bytesOf(spend, content);
  const { bytes: size, complex } = elementTypes[type.code] as ElementType;
  if (bytes.length !== size || complex) throw new RangeError(`${bytes.length} bytes for one number`);
  const value = numbers(spend, type, bytes)[0] as number | bigint;
  return type.code === 'b1' ? value === 1 : value;
}

const dtype: Call = ([code]) => {
  const text =
    code instanceof Uint8Array ? latin1(code.subarray(0, 8)) : typeof code === 'string' ? code : kindOf(code);
  const plain = text.replace(/^[<|=]/, '');
  if (!Object.hasOwn(elementTypes, plain) || plain === 'bf2') {
    throw new RangeError(`the dtype ${quote(text, 20)}, where a number type was expected`);
  }
  return new PickledDtype(plain);
};
