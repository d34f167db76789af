// IEEE 754 binary16: 1 sign bit, 5 of exponent, 10 of fraction; largest 65504, smallest normal 2^-14.

const float = new Float64Array(1);
const words = new Uint32Array(float.buffer);
/** Index of the word with sign and exponent: depends on the machine's byte order. */
const high = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 1 : 0;

/** 2^(−24 + i): the distance between halves, from subnormal ones up to those of exponent 15. Built without a power function, which an engine may round as it likes. */
const spacing = new Float64Array(30);
spacing[0] = 1 / 16777216;
for (let i = 1; i < spacing.length; i++) spacing[i] = 2 * (spacing[i - 1] as number);

/** Added and taken away again, rounds a float64 below 2^51 to the nearest integer, ties to even. */
const SHIFT = 6755399441055744; // 1.5 · 2^52

/**
 * The nearest IEEE half (binary16) of a number, ties to even; ±Infinity from 65520 on, NaN for NaN.
 *
 * @param x - any number
 */
export function roundToHalf(x: number): number {
  float[0] = x;
  const exponent = (((words[high] as number) >>> 20) & 0x7ff) - 1023;
  if (exponent > 15) return Number.isNaN(x) ? x : x > 0 ? Infinity : -Infinity;
  const step = spacing[Math.max(exponent + 14, 0)] as number;
  const rounded = (x / step + SHIFT - SHIFT) * step;
  // Zero keeps its sign, which the shift lost.
  if (rounded === 0) return 0 * x;
  return rounded > 65504 ? Infinity : rounded < -65504 ? -Infinity : rounded;
}
