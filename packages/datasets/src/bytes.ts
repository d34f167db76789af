/** Bytes as an error message shows them: `80 02 7d 71`. */
export function hex(bytes: Uint8Array): string {
  return Array.from(bytes.subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}

/** Latin-1: one character per byte, for formats whose text is ASCII. */
export function latin1(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return text;
}

/** Numbers as they lie in files. */
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

interface ElementType {
  readonly bytes: number;
  /** Reads from bytes that start on a multiple of the element size, in this machine's byte order. */
  readonly view: (buffer: ArrayBuffer) => Numbers;
}

/** By numpy's kind and size: `"f4"`. Half precision and bfloat16 are widened to float32. */
export const elementTypes: Readonly<Record<string, ElementType>> = {
  b1: { bytes: 1, view: (buffer) => new Uint8Array(buffer) },
  u1: { bytes: 1, view: (buffer) => new Uint8Array(buffer) },
  i1: { bytes: 1, view: (buffer) => new Int8Array(buffer) },
  u2: { bytes: 2, view: (buffer) => new Uint16Array(buffer) },
  i2: { bytes: 2, view: (buffer) => new Int16Array(buffer) },
  u4: { bytes: 4, view: (buffer) => new Uint32Array(buffer) },
  i4: { bytes: 4, view: (buffer) => new Int32Array(buffer) },
  u8: { bytes: 8, view: (buffer) => new BigUint64Array(buffer) },
  i8: { bytes: 8, view: (buffer) => new BigInt64Array(buffer) },
  f2: { bytes: 2, view: (buffer) => Float32Array.from(new Uint16Array(buffer), fromHalf) },
  bf2: {
    bytes: 2,
    view: (buffer) => new Float32Array(Uint32Array.from(new Uint16Array(buffer), (w) => w << 16).buffer),
  },
  f4: { bytes: 4, view: (buffer) => new Float32Array(buffer) },
  f8: { bytes: 8, view: (buffer) => new Float64Array(buffer) },
};

/** IEEE 754 binary16: sign, 5 bits of exponent with bias 15, 10 bits of fraction. */
function fromHalf(word: number): number {
  const sign = word & 0x8000 ? -1 : 1;
  const exponent = (word >> 10) & 31;
  const fraction = word & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Copies elements out of a file; `bytes` must hold whole elements. Assumes a little-endian machine, as WASM does. */
export function readNumbers(bytes: Uint8Array, type: ElementType, bigEndian: boolean): Numbers {
  // Not `slice`: that of Node's Buffer, which is a Uint8Array too, copies nothing.
  const copy = new Uint8Array(bytes);
  if (bigEndian && type.bytes > 1) {
    for (let i = 0; i < copy.length; i += type.bytes) copy.subarray(i, i + type.bytes).reverse();
  }
  return type.view(copy.buffer as ArrayBuffer);
}

/** The product of a shape, exact; undefined unless all sizes are non-negative integers and it is a safe one. */
export function elementCount(shape: readonly number[]): number | undefined {
  let count = 1;
  for (const size of shape) {
    if (!Number.isSafeInteger(size) || size < 0) return undefined;
    count *= size;
    if (!Number.isSafeInteger(count)) return undefined;
  }
  return count;
}
