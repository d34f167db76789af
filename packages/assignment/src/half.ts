const single = new Float32Array(1);
const bits = new Uint32Array(single.buffer);

/** The nearest IEEE half (binary16), ties to even; ±Infinity from 65520 on, NaN for NaN. */
export function toHalf(x: number): number {
  if (!(Math.abs(x) < 65520)) return Number.isNaN(x) ? x : x > 0 ? Infinity : -Infinity;
  single[0] = x;
  const exponent = Math.max((((bits[0] as number) >>> 23) & 0xff) - 127, -14);
  // Adding 1.5·2^52 units in the last place and taking them away again rounds to these units.
  const shift = 6755399441055744 * 2 ** (exponent - 10);
  return x + shift - shift;
}
