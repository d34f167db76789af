import ndarray, { type NdArray } from 'ndarray';
import { elementCount, elementTypes, type Numbers, readNumbers } from './bytes.js';

/** One tensor of a safetensors file. */
export interface TensorInfo {
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Where it lies, in bytes of the file. */
  readonly start: number;
  readonly end: number;
}

/** @see {@link parseSafetensorsHeader} */
export interface SafetensorsHeader {
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  readonly metadata: Readonly<Record<string, string>>;
}

const types: Readonly<Record<string, string>> = {
  BOOL: 'b1',
  U8: 'u1',
  I8: 'i1',
  U16: 'u2',
  I16: 'i2',
  U32: 'u4',
  I32: 'i4',
  U64: 'u8',
  I64: 'i8',
  F16: 'f2',
  BF16: 'bf2',
  F32: 'f4',
  F64: 'f8',
};

/** The most that a header may be, as in the reference reader: 100 MB. */
export const SAFETENSORS_HEADER_LIMIT = 100_000_000;

/**
 * Reads the table of a safetensors file and checks each entry against the file's size.
 *
 * @param json - the header's bytes, which follow the 8 bytes of its length
 * @param fileSize - of the whole file
 * @throws RangeError if the header is damaged, or a tensor doesn't fit its type and shape or the file
 */
export function parseSafetensorsHeader(json: Uint8Array, fileSize: number, name: string): SafetensorsHeader {
  const fail = (what: string): never => {
    throw new RangeError(`readSafetensors: ${name} must be a whole safetensors file, got ${what}`);
  };
  let table: unknown;
  try {
    table = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json));
  } catch (error) {
    return fail(`a header that is not JSON (${(error as Error).message.slice(0, 80)})`);
  }
  if (typeof table !== 'object' || table === null || Array.isArray(table))
    return fail('a header that is no table');
  const base = 8 + json.length;
  const tensors = new Map<string, TensorInfo>();
  let metadata: Record<string, string> = {};
  for (const [key, value] of Object.entries(table as Record<string, unknown>)) {
    if (key === '__metadata__') {
      metadata = { ...(value as Record<string, string>) };
      continue;
    }
    const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Record<string, unknown>;
    const element =
      typeof dtype === 'string' && Object.hasOwn(types, dtype)
        ? elementTypes[types[dtype] as string]
        : undefined;
    if (element === undefined)
      return fail(`the tensor ${JSON.stringify(key)} of unknown type ${JSON.stringify(dtype)}`);
    const count = Array.isArray(shape) ? elementCount(shape as number[]) : undefined;
    const [start, end] = Array.isArray(offsets) ? (offsets as [unknown, unknown]) : [];
    if (
      count === undefined ||
      !Number.isSafeInteger(start) ||
      !Number.isSafeInteger(end) ||
      (start as number) < 0 ||
      (end as number) - (start as number) !== count * element.bytes
    ) {
      return fail(`the tensor ${JSON.stringify(key)} whose shape and bytes don't agree`);
    }
    if (base + (end as number) > fileSize) {
      return fail(
        `${fileSize} bytes where the tensor ${JSON.stringify(key)} ends at ${base + (end as number)}`,
      );
    }
    tensors.set(key, {
      dtype: dtype as string,
      shape: shape as number[],
      start: base + (start as number),
      end: base + (end as number),
    });
  }
  return { tensors, metadata };
}

/** The length of the header, from the first 8 bytes of the file. */
export function safetensorsHeaderLength(bytes: Uint8Array, fileSize: number, name: string): number {
  const length =
    bytes.length < 8 ? -1 : Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true));
  if (length < 2 || length > SAFETENSORS_HEADER_LIMIT || 8 + length > fileSize) {
    throw new RangeError(
      `readSafetensors: ${name} must be a whole safetensors file, got ${fileSize} bytes` +
        (length < 0 ? '' : ` with a header of ${length}`),
    );
  }
  return length;
}

/** Elements of one tensor: float16 and bfloat16 widened to float32, 64-bit integers as bigints. */
export function tensorArray(bytes: Uint8Array, { dtype, shape }: TensorInfo): NdArray<Numbers> {
  const element = elementTypes[types[dtype] as string] as (typeof elementTypes)[string];
  return ndarray(readNumbers(bytes, element, false), [...shape]) as NdArray<Numbers>;
}

/**
 * Reads a whole safetensors file that is in memory. `openSafetensors` of `@immiscible/datasets/node` reads single
 * tensors from disk.
 *
 * @param bytes - the whole file; borrowed
 * @param name - what to call the file in error messages
 * @throws RangeError if the file is truncated or damaged
 * @see https://github.com/huggingface/safetensors, "Format"
 */
export function readSafetensors(bytes: Uint8Array, name = 'bytes'): Map<string, NdArray<Numbers>> {
  const length = safetensorsHeaderLength(bytes, bytes.length, name);
  const { tensors } = parseSafetensorsHeader(bytes.subarray(8, 8 + length), bytes.length, name);
  return new Map(
    Array.from(tensors, ([key, info]) => [key, tensorArray(bytes.subarray(info.start, info.end), info)]),
  );
}
