import { check } from '@immiscible/core';
import { kernels, roundUp } from './kernels.js';

/** How far from symmetric and positive semidefinite rounding elsewhere may have put a float64 matrix, of its largest element. */
const SLACK64 = 2 ** -40;

/** Rows of length D whose products sum to the matrix: `C = RᵀR`. */
export interface Factor {
  readonly rank: number;
  /** float64 `[rank,D]`, row-major. */
  readonly rows: Float64Array;
  /** Int32 `[D]`: the order in which columns were pivots, R's row i being zero in columns `order[0 … i − 1]`. */
  readonly order: Int32Array;
}

/**
 * Factor of a positive semidefinite matrix, which may be singular: Cholesky with diagonal pivoting, until what is left of the diagonal is
 * rounding (at most `2D·precision` of its largest element).
 *
 * The pivots' order shows only in the order of R's rows; the columns stay where they are.
 *
 * @param matrix - float64 `[D,D]`, symmetric; borrowed
 * @param precision - unit roundoff of what the matrix was computed in
 * @throws RangeError naming `name` if the matrix isn't symmetric, finite, or positive semidefinite
 * @see Higham 2002, "Accuracy and Stability of Numerical Algorithms", §10.3
 */
export function pivotedCholesky(
  fn: string,
  name: string,
  matrix: Float64Array,
  d: number,
  precision: number = 2 ** -53,
): Factor {
  // A sum of products in that precision errs by some of its units, and D such errors make an eigenvalue's.
  const slack = Math.max(SLACK64, 4 * d * precision);
  const largest = checkMatrix(fn, name, matrix, d, slack);
  // Rows and columns to spare for tiles of 4 × 4, and lines that don't all start in one set of the caches.
  const line = 8 * (roundUp(d, 4) + 4);
  const leftAt = line * (d + 4);
  const orderAt = leftAt + 8 * d;
  const packedAt = roundUp(orderAt + 4 * d, 16);
  const { run, memory } = kernels(fn, packedAt + 64 * line);
  for (let i = 0; i < d; i++) {
    new Float64Array(memory, i * line, d).set(matrix.subarray(i * d, (i + 1) * d));
  }
  const left = new Float64Array(memory, leftAt, d);
  for (let i = 0; i < d; i++) left[i] = matrix[i * d + i] as number;
  const order = new Int32Array(memory, orderAt, d);
  for (let i = 0; i < d; i++) order[i] = i;
  const rank = run.cholesky(0, line, d, leftAt, orderAt, packedAt, 2 * d * precision * largest);
  for (let j = rank; j < d; j++) {
    const rest = left[j] as number;
    if (rest < -slack * largest) {
      check(
        false,
        fn,
        name,
        'positive semidefinite',
        `a negative part of ${rest} at [${order[j]},${order[j]}]`,
      );
    }
  }
  const rows = new Float64Array(rank * d);
  for (let i = 0; i < rank; i++) {
    const row = new Float64Array(memory, i * line, d);
    for (let j = i; j < d; j++) rows[i * d + (order[j] as number)] = row[j] as number;
  }
  return { rank, rows, order: order.slice() };
}

/**
 * Refuses a matrix that isn't finite, isn't symmetric, or has a minor of two rows that no positive semidefinite one has.
 *
 * @returns the largest element of its diagonal
 */
function checkMatrix(fn: string, name: string, matrix: Float64Array, d: number, slack: number): number {
  const at = (i: number, j: number) => matrix[i * d + j] as number;
  const bad = firstNotFinite(matrix);
  if (bad >= 0) check(false, fn, `${name}[${Math.floor(bad / d)},${bad % d}]`, 'finite', matrix[bad]);
  let largest = 0;
  for (let i = 0; i < d; i++) largest = Math.max(largest, at(i, i));
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) {
      const value = at(i, j);
      const mirrored = at(j, i);
      if (!(Math.abs(value - mirrored) <= slack * largest)) {
        check(false, fn, name, `symmetric at [${i},${j}]`, [value, mirrored]);
      }
      // The factorization looks only where the diagonal is positive.
      if (
        !(value * value <= at(i, i) * at(j, j) + slack * largest * largest) ||
        at(i, i) < -slack * largest
      ) {
        check(false, fn, name, `positive semidefinite at [${i},${j}]`, [at(j, j), value, at(i, i)]);
      }
    }
  }
  return largest;
}

/** A loop: `findIndex` takes ten times as long on the 4 million numbers of a covariance. */
function firstNotFinite(values: Float64Array): number {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return i;
  return -1;
}
