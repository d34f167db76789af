import { kernels, roundUp } from './kernels.js';
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
  // The kernel wants long columns one after the other: rows of what is transposed to that.
  if (m > n) return singularValues(transpose(matrix, m, n), n, m);
  let largest = 0;
  for (let i = 0; i < matrix.length; i++) largest = Math.max(largest, Math.abs(matrix[i] as number));
  if (largest === 0) return new Float64Array(m);
  const line = 8 * (roundUp(n, 4) + 4);
  const roomAt = (m + 1) * line;
  const resultAt = roomAt + 8 * line;
  const { run, memory } = kernels('singularValues', resultAt + 16 * m);
  for (let i = 0; i < m; i++) {
    const column = new Float64Array(memory, i * line, n);
    // Divided so that no square over- or underflows.
    for (let j = 0; j < n; j++) column[j] = (matrix[i * n + j] as number) / largest;
  }
  run.bidiagonalize(0, line, n, m, roomAt, resultAt);
  const both = tridiagonalEigenvalues(
    new Float64Array(2 * m),
    new Float64Array(memory, resultAt, 2 * m - 1).slice(),
  );
  // The pairs ±σ, each equal in size up to rounding.
  const sorted = both.map(Math.abs).sort();
  return Float64Array.from({ length: m }, (_, i) => {
    const pair = (sorted[2 * i] as number) + (sorted[2 * i + 1] as number);
    return (pair / 2) * largest;
  });
}

function transpose(matrix: Float64Array, m: number, n: number): Float64Array {
  const out = new Float64Array(n * m);
  for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) out[j * m + i] = matrix[i * n + j] as number;
  return out;
}
