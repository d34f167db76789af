import { total } from './lanes';

/** float32 numbers of a row that are multiplied before the sums go to float64. */
const DEPTH: i32 = 512;
/** Rows of y that stay in the second-level cache while all of x passes. */
const BLOCK: i32 = 64;

// @ts-ignore: decorator
@inline
function add(at: usize, v: v128): void {
  store<f64>(at, load<f64>(at) + total(v));
}

/**
 * out[i,j] += Σ x[i,d]·y[j,d]: tiles of 3 × 4 rows, 12 vector accumulators.
 *
 * @param x, y - float32, `n` and `m` rows of `size` numbers; n a multiple of 3, m and size of 4
 * @param out - float64 `[n, m]`, zero at the start
 */
export function products(x: usize, y: usize, out: usize, n: i32, m: i32, size: i32): void {
  const row = <usize>size << 2;
  const outRow = <usize>m << 3;
  for (let from = 0; from < size; from += DEPTH) {
    const first = <usize>from << 2;
    const last = <usize>min(size, from + DEPTH) << 2;
    for (let block = 0; block < m; block += BLOCK) {
      const end = min(m, block + BLOCK);
      for (let i = 0; i < n; i += 3) {
        const x0 = x + <usize>i * row;
        const x1 = x0 + row;
        const x2 = x1 + row;
        for (let j = block; j < end; j += 4) {
          const y0 = y + <usize>j * row;
          const y1 = y0 + row;
          const y2 = y1 + row;
          const y3 = y2 + row;
          let s00 = f32x4.splat(0);
          let s01 = f32x4.splat(0);
          let s02 = f32x4.splat(0);
          let s03 = f32x4.splat(0);
          let s10 = f32x4.splat(0);
          let s11 = f32x4.splat(0);
          let s12 = f32x4.splat(0);
          let s13 = f32x4.splat(0);
          let s20 = f32x4.splat(0);
          let s21 = f32x4.splat(0);
          let s22 = f32x4.splat(0);
          let s23 = f32x4.splat(0);
          for (let d = first; d < last; d += 16) {
            const a = v128.load(x0 + d);
            const b = v128.load(x1 + d);
            const c = v128.load(x2 + d);
            let v = v128.load(y0 + d);
            s00 = f32x4.add(s00, f32x4.mul(a, v));
            s10 = f32x4.add(s10, f32x4.mul(b, v));
            s20 = f32x4.add(s20, f32x4.mul(c, v));
            v = v128.load(y1 + d);
            s01 = f32x4.add(s01, f32x4.mul(a, v));
            s11 = f32x4.add(s11, f32x4.mul(b, v));
            s21 = f32x4.add(s21, f32x4.mul(c, v));
            v = v128.load(y2 + d);
            s02 = f32x4.add(s02, f32x4.mul(a, v));
            s12 = f32x4.add(s12, f32x4.mul(b, v));
            s22 = f32x4.add(s22, f32x4.mul(c, v));
            v = v128.load(y3 + d);
            s03 = f32x4.add(s03, f32x4.mul(a, v));
            s13 = f32x4.add(s13, f32x4.mul(b, v));
            s23 = f32x4.add(s23, f32x4.mul(c, v));
          }
          let at = out + <usize>i * outRow + (<usize>j << 3);
          add(at, s00);
          add(at + 8, s01);
          add(at + 16, s02);
          add(at + 24, s03);
          at += outRow;
          add(at, s10);
          add(at + 8, s11);
          add(at + 16, s12);
          add(at + 24, s13);
          at += outRow;
          add(at, s20);
          add(at + 8, s21);
          add(at + 16, s22);
          add(at + 24, s23);
        }
      }
    }
  }
}
