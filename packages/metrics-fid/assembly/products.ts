import { SIDE, tile } from './tile';

/** Depth of a panel: two tiles of 4 × 256 fit the first-level cache. */
const DEPTH: i32 = 256;
/** Tiles of b that stay in the second-level cache while all of a passes. */
const BLOCK: i32 = 32;

/** Packs 4 rows of length `d` (a multiple of 4): `[d,4]`, the rows side by side. */
export function pack(from: usize, to: usize, line: usize, d: i32): void {
  for (let k = 0; k < d; k += 2) {
    const at = from + (<usize>k << 3);
    const r0 = v128.load(at);
    const r1 = v128.load(at + line);
    const r2 = v128.load(at + 2 * line);
    const r3 = v128.load(at + 3 * line);
    v128.store(to, v128.shuffle<f64>(r0, r1, 0, 2));
    v128.store(to + 16, v128.shuffle<f64>(r2, r3, 0, 2));
    v128.store(to + 32, v128.shuffle<f64>(r0, r1, 1, 3));
    v128.store(to + 48, v128.shuffle<f64>(r2, r3, 1, 3));
    to += 64;
  }
}

/**
 * out[i,j] += Σ a[i,k]·b[j,k].
 *
 * @param upper - 1: what is left of a's diagonal is zero and passed over
 *
 * @param a, b - float64, packed by 4 rows: `m/4` and `n/4` tiles of `[d,4]`; m, n and d multiples of 4
 * @param out - float64 `[m,n]`, zero at the start
 */
export function multiply(a: usize, b: usize, out: usize, m: i32, n: i32, d: i32, upper: i32): void {
  const size = <usize>d << 5;
  const line = <usize>n << 3;
  for (let start = 0; start < d; start += DEPTH) {
    const end = min(start + DEPTH, d);
    const rows = upper ? min(m, end) : m;
    for (let block = 0; block < n; block += BLOCK * SIDE) {
      const last = min(block + BLOCK * SIDE, n);
      for (let i = 0; i < rows; i += SIDE) {
        const from = upper ? max(start, i) : start;
        const at = <usize>from << 5;
        const left = a + <usize>(i / SIDE) * size + at;
        for (let j = block; j < last; j += SIDE) {
          const to = out + <usize>i * line + (<usize>j << 3);
          tile(left, b + <usize>(j / SIDE) * size + at, to, line, end - from, 1);
        }
      }
    }
  }
}
