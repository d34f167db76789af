import { bfloat16ToNumber, halfToNumber } from './half.js';
import { type Float8, float8Table } from './float8.js';

/**
 * The array that holds each dtype's elements. 16-bit and 8-bit floating-point numbers are their bits, booleans 0 or 1;
 * a complex number is two elements, real and imaginary part. F4 and F6 are the packed bytes.
 */
interface Arrays {
  readonly F64: Float64Array;
  readonly I64: BigInt64Array;
  readonly U64: BigUint64Array;
  readonly C64: Float32Array;
  readonly F32: Float32Array;
  readonly I32: Int32Array;
  readonly U32: Uint32Array;
  readonly F16: Uint16Array;
  readonly BF16: Uint16Array;
  readonly I16: Int16Array;
  readonly U16: Uint16Array;
  readonly F8_E4M3: Uint8Array;
  readonly F8_E5M2: Uint8Array;
  readonly F8_E4M3FNUZ: Uint8Array;
  readonly F8_E5M2FNUZ: Uint8Array;
  readonly F8_E8M0: Uint8Array;
  readonly I8: Int8Array;
  readonly U8: Uint8Array;
  readonly BOOL: Uint8Array;
  readonly F6_E2M3: Uint8Array;
  readonly F6_E3M2: Uint8Array;
  readonly F4: Uint8Array;
}

/** The element types of a safetensors file. */
export type SafetensorsDtype = keyof Arrays;

/** One named array of a safetensors file, row-major. */
export type SafetensorsEntry = {
  [D in SafetensorsDtype]: {
    readonly dtype: D;
    readonly shape: readonly number[];
    readonly data: Arrays[D];
  };
}[SafetensorsDtype];

/** An entry whose numbers were converted to float32. */
export type FloatEntry = Extract<SafetensorsEntry, { dtype: 'F32' }>;

/** A constructor of one of the arrays, over the bytes of a buffer. */
interface ArrayKind {
  readonly name: string;
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBuffer): Arrays[SafetensorsDtype];
}

/** The constructor of each dtype's array, and how many bits one number takes. */
export const DTYPES: Readonly<Record<SafetensorsDtype, { readonly Kind: ArrayKind; readonly bits: number }>> =
  {
    F64: { Kind: Float64Array, bits: 64 },
    I64: { Kind: BigInt64Array, bits: 64 },
    U64: { Kind: BigUint64Array, bits: 64 },
    C64: { Kind: Float32Array, bits: 64 },
    F32: { Kind: Float32Array, bits: 32 },
    I32: { Kind: Int32Array, bits: 32 },
    U32: { Kind: Uint32Array, bits: 32 },
    F16: { Kind: Uint16Array, bits: 16 },
    BF16: { Kind: Uint16Array, bits: 16 },
    I16: { Kind: Int16Array, bits: 16 },
    U16: { Kind: Uint16Array, bits: 16 },
    F8_E4M3: { Kind: Uint8Array, bits: 8 },
    F8_E5M2: { Kind: Uint8Array, bits: 8 },
    F8_E4M3FNUZ: { Kind: Uint8Array, bits: 8 },
    F8_E5M2FNUZ: { Kind: Uint8Array, bits: 8 },
    F8_E8M0: { Kind: Uint8Array, bits: 8 },
    I8: { Kind: Int8Array, bits: 8 },
    U8: { Kind: Uint8Array, bits: 8 },
    BOOL: { Kind: Uint8Array, bits: 8 },
    F6_E2M3: { Kind: Uint8Array, bits: 6 },
    F6_E3M2: { Kind: Uint8Array, bits: 6 },
    F4: { Kind: Uint8Array, bits: 4 },
  };

/** Whether it is the name of a dtype that this version knows. */
export function isDtype(dtype: unknown): dtype is SafetensorsDtype {
  return typeof dtype === 'string' && Object.hasOwn(DTYPES, dtype);
}

/**
 * The numbers of an array of a safetensors file as float32: exactly those of F32, F16, BF16, F8, BOOL and the 8- and
 * 16-bit integers; the nearest to those of F64 and the larger integers. Real and imaginary parts of C64 alternate.
 *
 * @param entry - of a kind of floating point; borrowed
 * @returns the entry's own array if it is F32 or C64, else a new one
 * @throws RangeError if the numbers are packed (F4, F6)
 */
export function toFloat32(entry: SafetensorsEntry): Float32Array {
  switch (entry.dtype) {
    case 'F32':
    case 'C64':
      return entry.data;
    case 'F16':
      return Float32Array.from(entry.data, halfToNumber);
    case 'BF16':
      return Float32Array.from(entry.data, bfloat16ToNumber);
    case 'I64':
    case 'U64':
      return Float32Array.from(entry.data as BigInt64Array, Number);
    case 'F8_E4M3':
    case 'F8_E5M2':
    case 'F8_E4M3FNUZ':
    case 'F8_E5M2FNUZ':
    case 'F8_E8M0':
      return fromTable(entry.data, entry.dtype);
    case 'F4':
    case 'F6_E2M3':
    case 'F6_E3M2':
      throw new RangeError(
        `toFloat32: entry.dtype must be one of whole bytes, got ${entry.dtype}; its packed bytes are in data`,
      );
    default:
      return Float32Array.from(entry.data);
  }
}

function fromTable(data: Uint8Array, format: Float8): Float32Array {
  const table = float8Table(format);
  return Float32Array.from(data, (bits) => table[bits] as number);
}
