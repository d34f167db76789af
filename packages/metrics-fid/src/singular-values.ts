import { tridiagonalEigenvalues } from './tridiagonal.js';

/**
 * Singular values of a matrix, in no order; each to within about `2⁻⁵²·√(m·n)` of the largest.
 *
 * Householder reflections from both sides make it bidiagonal, `B` with diagonal a and superdiagonal b. The symmetric
 * tridiagonal matrix with a zero diagonal and a₁ b₁ a₂ b₂ … aₙ beside it has the eigenvalues ±σ, so half the sum of
 * their sizes is the sum of the σ. Nothing is squared: small σ keep the digits that eigenvalues of `GGᵀ` would lose.
 *
 * @param matrix - float64 `[m,n]`, row-major; borrowed
 * @returns float64 `[min(m,n)]`, non-negative
 * @see Golub & Kahan 1965, "Calculating the Singular Values and Pseudo-Inverse of a Matrix"
 */
export function singularValues(matrix: Float64Array, m: number, n: number): Float64Array {
  if (m < n) return singularValues(transpose(matrix, m, n), n, m);
  const largest = matrix.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  if (largest === 0) return new Float64Array(n);
  const beside = bidiagonalize(
    matrix.map((value) => value / largest), // so that no square over- or underflows
    m,
    n,
  );
  const both = tridiagonalEigenvalues(new Float64Array(2 * n), beside);
  // The pairs ±σ, each equal in size up to rounding.
  const sorted = both.map(Math.abs).sort();
  return Float64Array.from({ length: n }, (_, i) => {
    const pair = (sorted[2 * i] as number) + (sorted[2 * i + 1] as number);
    return (pair / 2) * largest;
  });
}

/** a₁ b₁ a₂ b₂ … aₙ of the bidiagonal form. Works in place; m ≥ n. */
function bidiagonalize(matrix: Float64Array, m: number, n: number): Float64Array {
  const result = new Float64Array(2 * n - 1);
  const column = new Float64Array(m);
  const row = new Float64Array(n);
  const product = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    for (let i = k; i < m; i++) column[i] = matrix[i * n + k] as number;
    result[2 * k] = reflector(column, k);
    if (k === n - 1) break;

    // From the left: A ← A − v(Aᵀv)ᵀ, with |v|² = 2. Row k first, because the reflector from the right comes of it.
    product.fill(0, k + 1);
    for (let i = k; i < m; i++) {
      const v = column[i] as number;
      const line = i * n;
      for (let j = k + 1; j < n; j++) {
        product[j] = (product[j] as number) + v * (matrix[line + j] as number);
      }
    }
    for (let j = k + 1; j < n; j++) {
      row[j] = (matrix[k * n + j] as number) - (column[k] as number) * (product[j] as number);
    }
    result[2 * k + 1] = reflector(row, k + 1);

    // The other rows, from both sides in one go: A ← A − (Au)uᵀ.
    for (let i = k + 1; i < m; i++) {
      const v = column[i] as number;
      const line = i * n;
      let dot = 0;
      for (let j = k + 1; j < n; j++) {
        const value = (matrix[line + j] as number) - v * (product[j] as number);
        matrix[line + j] = value;
        dot += value * (row[j] as number);
      }
      for (let j = k + 1; j < n; j++) {
        matrix[line + j] = (matrix[line + j] as number) - dot * (row[j] as number);
      }
    }
  }
  return result;
}

/**
 * Turns x[start…] into the v, |v|² = 2, with which `x − v(vᵀx)` is zero but for its first element.
 *
 * @returns that element
 */
function reflector(x: Float64Array, start: number): number {
  let square = 0;
  for (let i = start; i < x.length; i++) square += (x[i] as number) ** 2;
  const norm = Math.sqrt(square);
  if (norm === 0) {
    x.fill(0, start);
    return 0;
  }
  const first = x[start] as number;
  const target = first > 0 ? -norm : norm; // the sign that doesn't cancel
  x[start] = first - target;
  const scale = 1 / Math.sqrt(norm * (norm + Math.abs(first)));
  for (let i = start; i < x.length; i++) x[i] = (x[i] as number) * scale;
  return target;
}

function transpose(matrix: Float64Array, m: number, n: number): Float64Array {
  const out = new Float64Array(n * m);
  for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) out[j * m + i] = matrix[i * n + j] as number;
  return out;
}
