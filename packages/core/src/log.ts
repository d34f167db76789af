const bits = new DataView(new ArrayBuffer(8));

/**
 * Natural logarithm of a positive normal number, to within 1 unit in the last place or so. `Math.log` may differ in its last bit
 * between engines; this uses only operations that IEEE 754 fixes, so it gives the same bits everywhere.
 *
 * `x = 2^k·m`, √½ ≤ m < √2, `s = (m − 1)/(m + 1)`, `log x = k·ln 2 + 2(s + s³/3 + s⁵/5 + …)`
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
  const s = (mantissa - 1) / (mantissa + 1);
  const s2 = s * s;
  // |s| < 0.1716: the term s^23/23 is under 2^-60 of s.
  let series = 0;
  for (let n = 21; n >= 3; n -= 2) series = s2 * (1 / n + series);
  // ln 2 in two parts, so that k·high is exact (fdlibm).
  return (
    exponent * 6.9314718036912381649e-1 + (2 * s + (2 * s * series + exponent * 1.90821492927058770002e-10))
  );
}
