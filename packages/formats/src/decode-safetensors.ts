import { check, checkBytes, checkOptions, type OptionKeys } from '@immiscible/core';
import { DTYPES, type FloatEntry, isDtype, type SafetensorsEntry, toFloat32 } from './safetensors-dtype.js';
import { parseSafetensorsHeader, safetensorsHeaderLength, type TensorInfo } from './safetensors-header.js';

/** What a safetensors file holds. */
export interface SafetensorsContent<Entry = SafetensorsEntry> {
  /** By name. */
  readonly tensors: Readonly<Record<string, Entry>>;
  /** Free text by name. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Options of {@link decodeSafetensors}. */
export interface DecodeSafetensorsOptions {
  /**
   * Convert all numbers to float32, see {@link toFloat32}.
   * @defaultValue false: 16- and 8-bit numbers stay bits
   */
  readonly floats?: boolean;
  /**
   * What to call the file in error messages.
   * @defaultValue `"bytes"`
   */
  readonly name?: string;
}

const OPTIONS = { floats: true, name: true } satisfies OptionKeys<DecodeSafetensorsOptions>;

/**
 * Reads a safetensors file that is in memory; `openSafetensors` reads single tensors of a larger one. Strict: every
 * byte of the file belongs to the header or to exactly one array.
 *
 * @param bytes - the whole file; borrowed, the arrays are copies
 * @throws RangeError naming what is wrong: a truncated or overlong file (expected and found size), a header that isn't
 *   JSON of the right form, an unknown dtype, a shape that doesn't fit its bytes, arrays that overlap or leave a gap
 * @see https://github.com/huggingface/safetensors#format
 */
export function decodeSafetensors(
  bytes: Uint8Array,
  options: DecodeSafetensorsOptions & { readonly floats: true },
): SafetensorsContent<FloatEntry>;
export function decodeSafetensors(bytes: Uint8Array, options?: DecodeSafetensorsOptions): SafetensorsContent;
export function decodeSafetensors(
  bytes: Uint8Array,
  options: DecodeSafetensorsOptions = {},
): SafetensorsContent {
  const fn = 'decodeSafetensors';
  checkOptions(fn, options, OPTIONS);
  const { floats = false, name = 'bytes' } = options;
  const length = safetensorsHeaderLength(fn, name, bytes.subarray(0, 8), bytes.length);
  const { tensors, metadata } = parseSafetensorsHeader(fn, name, bytes.subarray(8, 8 + length), bytes.length);
  checkBytes(fn, name, floats ? 4 * countOf(tensors.values()) : bytes.length);
  return {
    metadata,
    tensors: Object.fromEntries(
      Array.from(tensors, ([tensor, info]) => {
        // A copy: elements in the file may lie at an address where no typed array of theirs may start. (Not `slice`,
        // which for Node's Buffer is a view.)
        const copy = new Uint8Array(bytes.subarray(info.start, info.end));
        const entry = entryOf(fn, tensor, info, copy);
        return [tensor, floats ? floatEntry(entry) : entry];
      }),
    ),
  };
}

/** An entry from the bytes of its elements, which become its memory. */
export function entryOf(
  fn: string,
  tensor: string,
  info: TensorInfo,
  bytes: Uint8Array<ArrayBuffer>,
): SafetensorsEntry {
  const { dtype, shape } = info;
  const known = Object.keys(DTYPES).join(', ');
  check(isDtype(dtype), fn, `tensors[${JSON.stringify(tensor)}].dtype`, `one of ${known}`, dtype);
  return { dtype, shape, data: new DTYPES[dtype].Kind(bytes.buffer) } as SafetensorsEntry;
}

/** Complex numbers get a last axis of 2. */
export function floatEntry(entry: SafetensorsEntry): FloatEntry {
  const shape = entry.dtype === 'C64' ? [...entry.shape, 2] : entry.shape;
  return { dtype: 'F32', shape, data: toFloat32(entry) };
}

function countOf(tensors: Iterable<TensorInfo>): number {
  let count = 0;
  for (const { shape } of tensors) count += shape.reduce((product, size) => product * size, 1);
  return count;
}
