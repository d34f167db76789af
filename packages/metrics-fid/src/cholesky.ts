import { check } from '@immiscible/core';

/** How far from symmetric and positive semidefinite rounding elsewhere may have put a matrix, of its largest element. */
const SLACK = 2 ** -40;

/** Rows of length D whose products sum to the matrix: `C = RᵀR`. */
export interface Factor {
  readonly rank: number;
  /** float64 `[rank,D]`, row-major. */
  readonly rows: Float64Array;
}

/**
 * Factor of a positive semidefinite matrix, which may be singular: Cholesky with diagonal pivoting, one row of R at a
 * time, until what is left of the diagonal is rounding (at most `D·2⁻⁵²` of its largest element).
 *
 * The pivots' order shows only in the order of R's rows; the columns stay where they are.
 *
 * @param matrix - float64 `[D,D]`, symmetric; borrowed
 * @throws RangeError naming `name` if the matrix isn't symmetric, finite, or positive semidefinite
 * @see Higham 2002, "Accuracy and Stability of Numerical Algorithms", §10.3
 */
export function pivotedCholesky(fn: string, name: string, matrix: Float64Array, d: number): Factor {
  const at = (i: number, j: number) => matrix[i * d + j] as number;
  const bad = matrix.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) check(false, fn, `${name}[${Math.floor(bad / d)},${bad % d}]`, 'finite', matrix[bad]);
  const left = Float64Array.from({ length: d }, (_, i) => at(i, i));
  const largest = left.reduce((a, b) => Math.max(a, b), 0);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) {
      const value = at(i, j);
      const mirrored = at(j, i);
      if (!(Math.abs(value - mirrored) <= SLACK * largest)) {
        check(false, fn, name, `symmetric at [${i},${j}]`, [value, mirrored]);
      }
      // What follows looks only where the diagonal is positive.
      if (
        !(value * value <= at(i, i) * at(j, j) + SLACK * largest * largest) ||
        at(i, i) < -SLACK * largest
      ) {
        check(false, fn, name, `positive semidefinite at [${i},${j}]`, [at(j, j), value, at(i, i)]);
      }
    }
  }
  const tolerance = d * Number.EPSILON * largest;
  const rows = new Float64Array(d * d);
  let rank = 0;
  for (; rank < d; rank++) {
    let pivot = 0;
    for (let j = 1; j < d; j++) if ((left[j] as number) > (left[pivot] as number)) pivot = j;
    if ((left[pivot] as number) <= tolerance) break;
    // The pivot's row of C − RᵀR as it stands.
    const row = rows.subarray(rank * d, (rank + 1) * d);
    row.set(matrix.subarray(pivot * d, (pivot + 1) * d));
    subtractRows(row, rows, rank, pivot);
    const root = Math.sqrt(left[pivot] as number);
    for (let j = 0; j < d; j++) {
      // A column that was a pivot is done with; what is left in it is rounding.
      row[j] = left[j] === -Infinity ? 0 : (row[j] as number) / root;
      left[j] = (left[j] as number) - (row[j] as number) ** 2;
    }
    left[pivot] = -Infinity;
  }
  for (let j = 0; j < d; j++) {
    const rest = left[j] as number;
    if (rest !== -Infinity && rest < -SLACK * largest) {
      check(false, fn, name, 'positive semidefinite', `a negative part of ${rest} at [${j},${j}]`);
    }
  }
  return { rank, rows: rows.subarray(0, rank * d) };
}

/** `row ← row − Σ R[k,pivot]·R[k,:]` over the first `rank` rows of R, four a pass. */
function subtractRows(row: Float64Array, rows: Float64Array, rank: number, pivot: number): void {
  const d = row.length;
  let k = 0;
  for (; k + 4 <= rank; k += 4) {
    const line = k * d;
    const a = rows[line + pivot] as number;
    const b = rows[line + d + pivot] as number;
    const c = rows[line + 2 * d + pivot] as number;
    const e = rows[line + 3 * d + pivot] as number;
    for (let j = 0, at = line; j < d; j++, at++) {
      row[j] =
        (row[j] as number) -
        (a * (rows[at] as number) +
          b * (rows[at + d] as number) +
          c * (rows[at + 2 * d] as number) +
          e * (rows[at + 3 * d] as number));
    }
  }
  for (; k < rank; k++) {
    const factor = rows[k * d + pivot] as number;
    for (let j = 0, at = k * d; j < d; j++, at++) row[j] = (row[j] as number) - factor * (rows[at] as number);
  }
}
