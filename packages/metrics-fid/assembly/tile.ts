/** Numbers along the side of a tile. */
export const SIDE: i32 = 4;

// @ts-ignore: decorator
@inline
function put(at: usize, v: v128, sign: v128): void {
  v128.store(at, f64x2.add(v128.load(at), f64x2.mul(v, sign)));
}

/**
 * out[i,j] += sign · Σ a[k,i]·b[k,j] for 4 × 4 elements.
 *
 * @param a, b - float64 `[depth,4]` each, packed
 * @param out - the tile's first element
 * @param line - bytes from a row of out to the next
 */
export function tile(a: usize, b: usize, out: usize, line: usize, depth: i32, sign: f64): void {
  let s00 = f64x2.splat(0);
  let s01 = s00;
  let s10 = s00;
  let s11 = s00;
  let s20 = s00;
  let s21 = s00;
  let s30 = s00;
  let s31 = s00;
  for (let k = 0; k < depth; k++) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const a0 = v128.load64_splat(a);
    s00 = f64x2.add(s00, f64x2.mul(a0, b0));
    s01 = f64x2.add(s01, f64x2.mul(a0, b1));
    const a1 = v128.load64_splat(a, 8);
    s10 = f64x2.add(s10, f64x2.mul(a1, b0));
    s11 = f64x2.add(s11, f64x2.mul(a1, b1));
    const a2 = v128.load64_splat(a, 16);
    s20 = f64x2.add(s20, f64x2.mul(a2, b0));
    s21 = f64x2.add(s21, f64x2.mul(a2, b1));
    const a3 = v128.load64_splat(a, 24);
    s30 = f64x2.add(s30, f64x2.mul(a3, b0));
    s31 = f64x2.add(s31, f64x2.mul(a3, b1));
    a += 32;
    b += 32;
  }
  const factor = f64x2.splat(sign);
  put(out, s00, factor);
  put(out + 16, s01, factor);
  out += line;
  put(out, s10, factor);
  put(out + 16, s11, factor);
  out += line;
  put(out, s20, factor);
  put(out + 16, s21, factor);
  out += line;
  put(out, s30, factor);
  put(out + 16, s31, factor);
}
