import { SIDE, tile } from './tile';

/** Rows of R between two updates of what is left of the matrix: what they read of R stays in the second-level cache. */
const BLOCK: i32 = 64;

// @ts-ignore: decorator
@inline
function swap(a: usize, b: usize): void {
  const value = load<f64>(a);
  store<f64>(a, load<f64>(b));
  store<f64>(b, value);
}

/** Exchanges rows and columns k < p of the symmetric matrix left, and columns k and p of the rows above. */
function exchange(w: usize, line: usize, d: i32, k: i32, p: i32): void {
  for (let i = 0; i < k; i++) {
    const row = w + <usize>i * line;
    swap(row + (<usize>k << 3), row + (<usize>p << 3));
  }
  const first = w + <usize>k * line;
  const second = w + <usize>p * line;
  for (let i = k + 1; i < p; i++) swap(first + (<usize>i << 3), w + <usize>i * line + (<usize>p << 3));
  for (let i = p + 1; i < d; i++) swap(first + (<usize>i << 3), second + (<usize>i << 3));
  swap(first + (<usize>k << 3), second + (<usize>p << 3));
}

/**
 * Pivoted Cholesky in blocks: row by row inside a block of R's rows, then all that is left of the matrix at once.
 *
 * @param w - float64, `d` rows of `line` bytes with room for 4 rows and 4 columns more; the upper triangle is read. On
 *   return the upper triangle of the first rows is R, its columns in the order of `order`
 * @param left - float64 `[d]`: the diagonal; on return what is left of it
 * @param order - int32 `[d]`: 0, 1, …; on return the column of the matrix that each column of R belongs to
 * @param packed - room for `BLOCK·(d + 4)` float64
 * @returns the rank
 */
export function cholesky(
  w: usize,
  line: usize,
  d: i32,
  left: usize,
  order: usize,
  packed: usize,
  tolerance: f64,
): i32 {
  for (let start = 0; start < d; start += BLOCK) {
    const end = min(start + BLOCK, d);
    for (let k = start; k < end; k++) {
      let pivot = k;
      for (let j = k + 1; j < d; j++) {
        if (load<f64>(left + (<usize>j << 3)) > load<f64>(left + (<usize>pivot << 3))) pivot = j;
      }
      const largest = load<f64>(left + (<usize>pivot << 3));
      if (!(largest > tolerance)) return k;
      if (pivot !== k) {
        exchange(w, line, d, k, pivot);
        swap(left + (<usize>k << 3), left + (<usize>pivot << 3));
        const one = load<i32>(order + (<usize>k << 2));
        store<i32>(order + (<usize>k << 2), load<i32>(order + (<usize>pivot << 2)));
        store<i32>(order + (<usize>pivot << 2), one);
      }
      const row = w + <usize>k * line;
      const root = Math.sqrt(largest);
      for (let r = start; r < k; r++) {
        const above = w + <usize>r * line;
        const factor = f64x2.splat(load<f64>(above + (<usize>k << 3)));
        for (let j = k; j < d; j += 2) {
          const at = <usize>j << 3;
          v128.store(row + at, f64x2.sub(v128.load(row + at), f64x2.mul(factor, v128.load(above + at))));
        }
      }
      store<f64>(row + (<usize>k << 3), root);
      for (let j = k + 1; j < d; j++) {
        const at = <usize>j << 3;
        const value = load<f64>(row + at) / root;
        store<f64>(row + at, value);
        store<f64>(left + at, load<f64>(left + at) - value * value);
      }
    }
    // What the rows take from the rest: tiles of 4 × 4 from on the diagonal to the right.
    const depth = end - start;
    let to = packed;
    for (let j = end; j < d; j += SIDE) {
      for (let r = start; r < end; r++) {
        const from = w + <usize>r * line + (<usize>j << 3);
        v128.store(to, v128.load(from));
        v128.store(to + 16, v128.load(from + 16));
        to += 32;
      }
    }
    const size = <usize>depth << 5;
    let a = packed;
    for (let i = end; i < d; i += SIDE) {
      let b = a;
      for (let j = i; j < d; j += SIDE) {
        tile(a, b, w + <usize>i * line + (<usize>j << 3), line, depth, -1);
        b += size;
      }
      a += size;
    }
  }
  return d;
}
