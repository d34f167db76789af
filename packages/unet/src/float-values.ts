import { check } from '@immiscible/core';
import { type SafetensorsEntry, toFloat32 } from '@immiscible/formats';

const KINDS: readonly string[] = ['F32', 'F16', 'BF16', 'F64', 'I64'];

/**
 * The numbers of an array of a safetensors file as float32: exactly those of F32, F16 and BF16, the nearest to those of
 * F64 and I64.
 *
 * @param name - of the array, for errors
 * @throws RangeError if the array is of another type
 */
export function floatValues(fn: string, name: string, entry: SafetensorsEntry): Float32Array {
  check(KINDS.includes(entry.dtype), fn, `weights["${name}"]`, `of dtype ${KINDS.join(', ')}`, entry.dtype);
  return toFloat32(entry);
}
