/**
 * Eigenvalues of a symmetric tridiagonal matrix, by QR steps with Wilkinson's shift. In no order; each to within a
 * few `2⁻⁵²` of the largest in size.
 *
 * @param diagonal - float64 `[n]`; borrowed
 * @param off - float64 `[n−1]`, beside the diagonal; borrowed
 * @throws Error if an eigenvalue takes more than 60 steps (never seen; two are usual)
 * @see Golub & Van Loan 2013, "Matrix Computations", Algorithms 8.3.2 and 8.3.3
 */
export function tridiagonalEigenvalues(diagonal: Float64Array, off: Float64Array): Float64Array {
  const d = diagonal.slice();
  const e = off.slice();
  const largest = (a: number, b: number) => Math.max(a, Math.abs(b));
  const small = Number.EPSILON * e.reduce(largest, d.reduce(largest, 0));
  let steps = 0;
  for (let last = d.length - 1; last > 0;) {
    if (Math.abs(e[last - 1] as number) <= small) {
      last--; // d[last] is an eigenvalue
      steps = 0;
      continue;
    }
    if (++steps > 60) throw new Error('tridiagonalEigenvalues: QR steps must converge, got no end after 60');
    let first = last - 1;
    while (first > 0 && Math.abs(e[first - 1] as number) > small) first--;
    qrStep(d, e, first, last);
  }
  return d;
}

/** `T ← QᵀTQ` on rows first … last, where QR = T − shift·I: a chain of rotations that pushes a bulge downwards. */
function qrStep(d: Float64Array, e: Float64Array, first: number, last: number): void {
  const half = ((d[last - 1] as number) - (d[last] as number)) / 2;
  const end = e[last - 1] as number;
  const shift = (d[last] as number) - (end * end) / (half + (half < 0 ? -1 : 1) * Math.hypot(half, end));
  let x = (d[first] as number) - shift;
  let z = e[first] as number;
  for (let k = first; k < last; k++) {
    // [c s; −s c]·[x; z] = [r; 0]
    const r = Math.sqrt(x * x + z * z);
    const c = r === 0 ? 1 : x / r;
    const s = r === 0 ? 0 : z / r;
    if (k > first) e[k - 1] = r;
    const a = d[k] as number;
    const b = e[k] as number;
    const f = d[k + 1] as number;
    d[k] = c * c * a + 2 * c * s * b + s * s * f;
    d[k + 1] = s * s * a - 2 * c * s * b + c * c * f;
    e[k] = c * s * (f - a) + (c * c - s * s) * b;
    if (k + 1 < last) {
      x = e[k] as number;
      z = s * (e[k + 1] as number);
      e[k + 1] = c * (e[k + 1] as number);
    }
  }
}
