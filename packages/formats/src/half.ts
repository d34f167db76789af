/*
 * IEEE 754 binary16: 1 sign bit, 5 of exponent (bias 15), 10 of fraction. bfloat16: the upper half of a float32.
 * Rounding a number to the nearest half without its bits is `roundToHalf` of @immiscible/core.
 */

const single = new Float32Array(1);
const word = new Uint32Array(single.buffer);

/**
 * The number that the 16 bits of an IEEE half stand for.
 *
 * @param bits - the 16 bits of the number
 */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/**
 * The bits of the nearest IEEE half, ties to even; infinite from 65520 on.
 *
 * @param x - any number
 */
export function numberToHalf(x: number): number {
  const sign = x < 0 || Object.is(x, -0) ? 0x8000 : 0;
  const size = Math.abs(x);
  if (Number.isNaN(x)) return 0x7e00;
  if (size >= 65520) return sign | 0x7c00;
  // Below 2^-14 halves are 2^-24 apart, above it 2^(exponent - 10). A carry into the exponent is right as it is.
  if (size < 2 ** -14) return sign | tiesToEven(size * 2 ** 24);
  let exponent = Math.floor(Math.log2(size));
  if (2 ** exponent > size) exponent--;
  else if (2 ** (exponent + 1) <= size) exponent++;
  return sign | (((exponent + 15) << 10) + tiesToEven((size / 2 ** exponent - 1) * 1024));
}

/**
 * The number that the 16 bits of a bfloat16 stand for.
 *
 * @param bits - the 16 bits of the number
 */
export function bfloat16ToNumber(bits: number): number {
  word[0] = bits << 16;
  return single[0] as number;
}

/**
 * The bits of the bfloat16 nearest to a float32, ties to even.
 *
 * @param x - any number
 */
export function numberToBfloat16(x: number): number {
  single[0] = x;
  const bits = word[0] as number;
  if (Number.isNaN(x)) return 0x7fc0;
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}

function tiesToEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}
