import { check } from '@immiscible/core';
import { type SafetensorsEntry } from '@immiscible/formats';

const KINDS = ['F32', 'F16', 'BF16', 'F64', 'I64'];

/**
 * The numbers of an array of a safetensors file as float32: exactly those of F32, F16 and BF16, the nearest to those of
 * F64 and I64.
 *
 * @param name - of the array, for errors
 * @throws RangeError if the array is of another type
 */
export function floatValues(fn: string, name: string, entry: SafetensorsEntry): Float32Array {
  switch (entry.dtype) {
    case 'F32':
      return entry.data;
    case 'F64':
      return Float32Array.from(entry.data);
    case 'I64':
      return Float32Array.from(entry.data, Number);
    case 'BF16':
      // The upper half of a float32.
      return new Float32Array(Uint32Array.from(entry.data, (bits) => bits << 16).buffer);
    case 'F16':
      return Float32Array.from(entry.data, fromHalf);
    default:
      check(false, fn, `weights["${name}"]`, `of dtype ${KINDS.join(', ')}`, entry.dtype);
  }
}

/** The number that 16 bits of an IEEE half (binary16) stand for. */
function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
