import { bfloat16ToNumber, halfToNumber } from './half.js';

/** Numbers as they lie in files; 64-bit integers are bigints, so that each is exact. */
export type Numbers =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array
  | BigInt64Array<ArrayBuffer>
  | BigUint64Array<ArrayBuffer>;

/** One kind of number. */
export interface ElementType {
  /** Of one element. */
  readonly bytes: number;
  /** Of what is swapped where the file is of the other byte order: a complex number is two parts. */
  readonly part: number;
  /** Reads from bytes that start on a multiple of the element size, in this machine's byte order. */
  readonly view: (buffer: ArrayBuffer) => Numbers;
  /** Real and imaginary part, one after the other: arrays of these have a last axis of 2. */
  readonly complex?: true;
}

const real = (bytes: number, view: (buffer: ArrayBuffer) => Numbers): ElementType => ({
  bytes,
  part: bytes,
  view,
});
const float32 = (buffer: ArrayBuffer): Numbers => new Float32Array(buffer);
const float64 = (buffer: ArrayBuffer): Numbers => new Float64Array(buffer);

/** By NumPy's kind and size: `"f4"`. Half precision and bfloat16 (`bf2`) are widened to float32. */
export const elementTypes: Readonly<Record<string, ElementType>> = {
  b1: real(1, (buffer) => new Uint8Array(buffer)),
  u1: real(1, (buffer) => new Uint8Array(buffer)),
  i1: real(1, (buffer) => new Int8Array(buffer)),
  u2: real(2, (buffer) => new Uint16Array(buffer)),
  i2: real(2, (buffer) => new Int16Array(buffer)),
  u4: real(4, (buffer) => new Uint32Array(buffer)),
  i4: real(4, (buffer) => new Int32Array(buffer)),
  u8: real(8, (buffer) => new BigUint64Array(buffer)),
  i8: real(8, (buffer) => new BigInt64Array(buffer)),
  f2: real(2, (buffer) => Float32Array.from(new Uint16Array(buffer), halfToNumber)),
  bf2: real(2, (buffer) => Float32Array.from(new Uint16Array(buffer), bfloat16ToNumber)),
  f4: real(4, float32),
  f8: real(8, float64),
  c8: { bytes: 8, part: 4, view: float32, complex: true },
  c16: { bytes: 16, part: 8, view: float64, complex: true },
};

/**
 * Elements out of the bytes of a file. Assumes a little-endian machine, as WebAssembly does.
 *
 * @param bytes - whole elements that fill their buffer; handed over: they become the array's memory, or are changed
 */
export function numbersOf(bytes: Uint8Array<ArrayBuffer>, type: ElementType, bigEndian: boolean): Numbers {
  if (bigEndian && type.part > 1) {
    for (let i = 0; i < bytes.length; i += type.part) bytes.subarray(i, i + type.part).reverse();
  }
  return type.view(bytes.buffer);
}

/** The shape of the array of numbers: that of the file, with a last axis of 2 for complex numbers. */
export function numbersShape(shape: readonly number[], type: ElementType): number[] {
  return type.complex ? [...shape, 2] : [...shape];
}

/** More axes than any tool writes (NumPy: 64); each costs something in every access. */
export const MAX_RANK = 64;

/** The product of a shape, exact; undefined unless it has few axes, all of safe non-negative lengths, and is safe itself. */
export function elementCount(shape: readonly number[]): number | undefined {
  if (shape.length > MAX_RANK) return undefined;
  let count = 1;
  for (const size of shape) {
    if (!Number.isSafeInteger(size) || size < 0) return undefined;
    count *= size;
  }
  return Number.isSafeInteger(count) ? count : undefined;
}
