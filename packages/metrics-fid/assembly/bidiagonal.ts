/** Sum of the two lanes. */
// @ts-ignore: decorator
@inline
function total(v: v128): f64 {
  return f64x2.extract_lane(v, 0) + f64x2.extract_lane(v, 1);
}

/**
 * Turns x[start…end) into the v, |v|² = 2, with which `x − v(vᵀx)` is zero but for its first element.
 *
 * @param result - where that element goes
 * @returns the factor that v was scaled by, 0 if x is zero
 */
function reflector(x: usize, start: i32, end: i32, result: usize): f64 {
  let square: f64 = 0;
  for (let i = start; i < end; i++) {
    const value = load<f64>(x + (<usize>i << 3));
    square += value * value;
  }
  const norm = Math.sqrt(square);
  if (norm === 0) {
    for (let i = start; i < end; i++) store<f64>(x + (<usize>i << 3), 0);
    store<f64>(result, 0);
    return 0;
  }
  const at = x + (<usize>start << 3);
  const first = load<f64>(at);
  const target = first > 0 ? -norm : norm; // the sign that doesn't cancel
  store<f64>(at, first - target);
  store<f64>(result, target);
  const scale = 1 / Math.sqrt(norm * (norm + Math.abs(first)));
  for (let i = start; i < end; i++) store<f64>(x + (<usize>i << 3), load<f64>(x + (<usize>i << 3)) * scale);
  return scale;
}

/**
 * Bidiagonal form of a matrix by Householder reflections from both sides, its columns in memory one after the other.
 *
 * A step reads and writes what is left of the matrix once. The update that the step before left behind,
 * `A ← A − vzᵀ − wuᵀ`, the product `z = Aᵀv` and the product of A with the row that u is made of are all taken while
 * two columns are in the first-level cache: as soon as z is known for a column, so is that column's part of the row.
 *
 * @param a - float64, `n + 1` columns of `line` bytes, of which `m` numbers (m ≥ n) and at least 4 zeros behind; the last
 *   column is zero. Destroyed
 * @param room - of 8 vectors of `line` bytes, zero
 * @param result - float64 `[2n − 1]`: a₁ b₁ a₂ b₂ … aₙ
 * @see Howell, Demmel, Fulton, Hammarling & Marmol 2008, "Cache Efficient Bidiagonalization Using BLAS 2.5 Operators"
 */
export function bidiagonalize(a: usize, line: usize, m: i32, n: i32, room: usize, result: usize): void {
  // Of the step before …
  let v = room;
  let w = room + line;
  let z = room + 2 * line;
  let u = room + 3 * line;
  // … and of this one.
  let v1 = room + 4 * line;
  let w1 = room + 5 * line;
  let z1 = room + 6 * line;
  let u1 = room + 7 * line;
  for (let k = 0; k < n; k++) {
    const column = a + <usize>k * line;
    const zk = load<f64>(z + (<usize>k << 3));
    const uk = load<f64>(u + (<usize>k << 3));
    for (let i = k; i < m; i++) {
      const at = <usize>i << 3;
      store<f64>(v1 + at, load<f64>(column + at) - zk * load<f64>(v + at) - uk * load<f64>(w + at));
    }
    reflector(v1, k, m, result + (<usize>(2 * k) << 3));
    if (k === n - 1) break;

    const first = <usize>k << 3;
    const end = <usize>m << 3;
    for (let at = first; at < end; at += 8) store<f64>(w1 + at, 0);
    const vk = load<f64>(v1 + first);
    for (let j = k + 1; j < n; j += 2) {
      const c = a + <usize>j * line;
      const e = c + line;
      const index = <usize>j << 3;
      const zc = v128.load64_splat(z + index);
      const ze = v128.load64_splat(z + index + 8);
      const uc = v128.load64_splat(u + index);
      const ue = v128.load64_splat(u + index + 8);
      let sc = f64x2.splat(0);
      let se = sc;
      for (let at = first; at < end; at += 16) {
        const vi = v128.load(v + at);
        const wi = v128.load(w + at);
        const ni = v128.load(v1 + at);
        const ci = f64x2.sub(f64x2.sub(v128.load(c + at), f64x2.mul(zc, vi)), f64x2.mul(uc, wi));
        const ei = f64x2.sub(f64x2.sub(v128.load(e + at), f64x2.mul(ze, vi)), f64x2.mul(ue, wi));
        v128.store(c + at, ci);
        v128.store(e + at, ei);
        sc = f64x2.add(sc, f64x2.mul(ci, ni));
        se = f64x2.add(se, f64x2.mul(ei, ni));
      }
      const tc = total(sc);
      const te = total(se);
      store<f64>(z1 + index, tc);
      store<f64>(z1 + index + 8, te);
      // Row k after the reflection from the left.
      const rc = load<f64>(c + first) - vk * tc;
      const re = load<f64>(e + first) - vk * te;
      store<f64>(u1 + index, rc);
      store<f64>(u1 + index + 8, re);
      const fc = f64x2.splat(rc);
      const fe = f64x2.splat(re);
      for (let at = first; at < end; at += 16) {
        const sum = f64x2.add(f64x2.mul(fc, v128.load(c + at)), f64x2.mul(fe, v128.load(e + at)));
        v128.store(w1 + at, f64x2.add(v128.load(w1 + at), sum));
      }
    }
    // u = scale·(row − target·e), so Au = scale·(A·row − target·A's column), and w = (A − vzᵀ)u.
    const to = result + (<usize>(2 * k + 1) << 3);
    const scale = reflector(u1, k + 1, n, to);
    const target = load<f64>(to);
    let zu: f64 = 0;
    for (let j = k + 1; j < n; j++) zu += load<f64>(z1 + (<usize>j << 3)) * load<f64>(u1 + (<usize>j << 3));
    const next = column + line;
    for (let at = first; at < end; at += 8) {
      const product = scale * (load<f64>(w1 + at) - target * load<f64>(next + at));
      store<f64>(w1 + at, product - zu * load<f64>(v1 + at));
    }
    let other = v;
    v = v1;
    v1 = other;
    other = w;
    w = w1;
    w1 = other;
    other = z;
    z = z1;
    z1 = other;
    other = u;
    u = u1;
    u1 = other;
  }
}
