/** The array that holds each dtype's elements. Half floats are their 16 bits, booleans 0 or 1. */
interface Arrays {
  readonly F64: Float64Array;
  readonly I64: BigInt64Array;
  readonly U64: BigUint64Array;
  readonly F32: Float32Array;
  readonly I32: Int32Array;
  readonly U32: Uint32Array;
  readonly F16: Uint16Array;
  readonly BF16: Uint16Array;
  readonly I16: Int16Array;
  readonly U16: Uint16Array;
  readonly I8: Int8Array;
  readonly U8: Uint8Array;
  readonly BOOL: Uint8Array;
}

/** The element types of a safetensors file that this reader knows. */
export type SafetensorsDtype = keyof Arrays;

/** One named array of a safetensors file, row-major. */
export type SafetensorsEntry = {
  [D in SafetensorsDtype]: {
    readonly dtype: D;
    readonly shape: readonly number[];
    readonly data: Arrays[D];
  };
}[SafetensorsDtype];

/** A constructor of one of the arrays, over the bytes of a buffer. */
interface ArrayKind {
  readonly name: string;
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBuffer): Arrays[SafetensorsDtype];
}

/** The constructor of each dtype's array. */
export const ARRAYS: Readonly<Record<SafetensorsDtype, ArrayKind>> = {
  F64: Float64Array,
  I64: BigInt64Array,
  U64: BigUint64Array,
  F32: Float32Array,
  I32: Int32Array,
  U32: Uint32Array,
  F16: Uint16Array,
  BF16: Uint16Array,
  I16: Int16Array,
  U16: Uint16Array,
  I8: Int8Array,
  U8: Uint8Array,
  BOOL: Uint8Array,
};
