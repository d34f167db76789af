const bits = new DataView(new ArrayBuffer(8));

/** ln 2 in two parts, so that `exponent · LN2_HIGH` is exact (as in fdlibm's `log`). */
const LN2_HIGH = 6.9314718036912381649e-1;
const LN2_LOW = 1.90821492927058770002e-10;

/**
 * Natural logarithm of a positive normal number, to under 1 unit in the last place. `Math.log` may differ in its last
 * bit between engines; this uses only operations that IEEE 754 fixes, so it gives the same bits everywhere.
 *
 * `x = 2^k·(1 + f)`, √½ ≤ 1 + f < √2, `s = f/(2 + f)`, `log(1 + f) = f − s·(f − R)`, `R = 2(s²/3 + s⁴/5 + …)`
 *
 * @param x - in [2^−1022, 2^1024); subnormal numbers, 0, negative numbers and NaN give nonsense
 */
export function log(x: number): number {
  bits.setFloat64(0, x);
  const high = bits.getUint32(0);
  let exponent = (high >>> 20) - 1023;
  bits.setUint32(0, (high & 0xfffff) | 0x3ff00000);
  let mantissa = bits.getFloat64(0);
  if (mantissa > Math.SQRT2) {
    mantissa /= 2;
    exponent++;
  }
  const f = mantissa - 1; // exact
  const s = f / (2 + f);
  const z = s * s;
  // z < 0.0295: the first term left out, z^11/23, is under 2^-60.
  const odd =
    2 / 7 +
    z * (2 / 9 + z * (2 / 11 + z * (2 / 13 + z * (2 / 15 + z * (2 / 17 + z * (2 / 19 + z * (2 / 21)))))));
  const r = z * (2 / 3 + z * (2 / 5 + z * odd));
  // Large terms last, so that their rounding is the only one that counts.
  return exponent * LN2_HIGH - (s * (f - r) - exponent * LN2_LOW - f);
}
