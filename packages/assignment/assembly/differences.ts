/** float32 numbers of a row that are added up before the sums go to float64. */
const DEPTH: i32 = 256;

// @ts-ignore: decorator
@inline
function add(at: usize, v: v128): void {
  store<f64>(
    at,
    load<f64>(at) +
      (<f64>f32x4.extract_lane(v, 0) +
        <f64>f32x4.extract_lane(v, 1) +
        (<f64>f32x4.extract_lane(v, 2) + <f64>f32x4.extract_lane(v, 3))),
  );
}

// @ts-ignore: decorator
@inline
function gap(a: v128, b: v128): v128 {
  return f32x4.abs(f32x4.sub(a, b));
}

/** out[i,j] += Σ |x[i,d] − y[j,d]|; as `products`, in tiles of 3 × 2 rows. */
export function differences(x: usize, y: usize, out: usize, n: i32, m: i32, size: i32): void {
  const row = <usize>size << 2;
  const outRow = <usize>m << 3;
  for (let from = 0; from < size; from += DEPTH) {
    const first = <usize>from << 2;
    const last = <usize>min(size, from + DEPTH) << 2;
    for (let i = 0; i < n; i += 3) {
      const x0 = x + <usize>i * row;
      const x1 = x0 + row;
      const x2 = x1 + row;
      for (let j = 0; j < m; j += 2) {
        const y0 = y + <usize>j * row;
        const y1 = y0 + row;
        let s00 = f32x4.splat(0);
        let s01 = f32x4.splat(0);
        let s10 = f32x4.splat(0);
        let s11 = f32x4.splat(0);
        let s20 = f32x4.splat(0);
        let s21 = f32x4.splat(0);
        for (let d = first; d < last; d += 16) {
          const a = v128.load(x0 + d);
          const b = v128.load(x1 + d);
          const c = v128.load(x2 + d);
          let v = v128.load(y0 + d);
          s00 = f32x4.add(s00, gap(a, v));
          s10 = f32x4.add(s10, gap(b, v));
          s20 = f32x4.add(s20, gap(c, v));
          v = v128.load(y1 + d);
          s01 = f32x4.add(s01, gap(a, v));
          s11 = f32x4.add(s11, gap(b, v));
          s21 = f32x4.add(s21, gap(c, v));
        }
        let at = out + <usize>i * outRow + (<usize>j << 3);
        add(at, s00);
        add(at + 8, s01);
        at += outRow;
        add(at, s10);
        add(at + 8, s11);
        at += outRow;
        add(at, s20);
        add(at + 8, s21);
      }
    }
  }
}
