import type { Assignment, AssignmentOptions, CostMatrix } from './assignment.js';
import { checkAssignment, checkMatrix, checkSolverOptions } from './check-matrix.js';
import { EXACT, roundingOf, TINY } from './rounding.js';

/** What the duals of an assignment prove about it. */
export interface Certificate {
  /** The matching is complete, and its gap is no more than rounding. */
  readonly optimal: boolean;
  /**
   * Upper bound on how far the total is from the optimum, in units of the cost, rounding of the proof included. Infinity if the matching
   * isn't one, or its total exceeds float64.
   */
  readonly gap: number;
  /** Lower bound on every assignment's total (an upper one with `maximize`), from the duals. */
  readonly bound: number;
  /** Largest amount by which a pair of duals exceeds its cost; 0 if the duals are feasible. */
  readonly maxViolation: number;
  /** Why the matching isn't one, if so. */
  readonly defect?: string;
}

/**
 * Checks an assignment against the costs alone, trusting no solver: the matching is one-to-one and complete, and the
 * duals bound the optimum from the other side. Infeasible duals are first mended (each row's dual lowered to the largest
 * feasible one), so the bound always holds: weak duality, `Σu + Σv ≤ Σ c[i, π(i)]` for every π.
 *
 * O(rows · cols).
 *
 * @param cost - `[rows, cols]`, any strides
 * @param assignment - any solver's answer; borrowed
 * @param options - `maximize` as the solver had it
 * @throws RangeError if the arrays' lengths don't fit the matrix
 * @see Burkard, Dell'Amico & Martello 2009, "Assignment Problems", ch. 4
 */
export function certify(
  cost: CostMatrix,
  assignment: Assignment,
  options: AssignmentOptions = {},
): Certificate {
  checkMatrix('certify', cost);
  checkSolverOptions('certify', options, cost);
  checkAssignment('certify', 'assignment must be one', assignment);
  const { maximize = false } = options;
  const [rows, cols] = cost.shape as [number, number];
  const { rowToCol, colToRow, rowDual, colDual } = assignment;
  for (const [name, array, length] of [
    ['rowToCol', rowToCol, rows],
    ['rowDual', rowDual, rows],
    ['colToRow', colToRow, cols],
    ['colDual', colDual, cols],
  ] as const) {
    if (array.length !== length) {
      throw new RangeError(
        `certify: ${name} must have length ${length} like the matrix, got ${array.length}`,
      );
    }
  }
  const sign = maximize ? -1 : 1;
  const [rowStride, colStride] = cost.stride as [number, number];
  const data = cost.data as ArrayLike<number>;

  // The side with more members has free ones, whose dual must not be positive (the matching is an inequality there).
  let maxViolation = 0;
  const columnDual = new Float64Array(cols);
  const rowBound = new Float64Array(rows);
  let bound = 0;
  if (rows <= cols) {
    for (let j = 0; j < cols; j++) {
      let dual = sign * (colDual[j] as number);
      if (rows < cols && dual > 0) {
        maxViolation = Math.max(maxViolation, dual);
        dual = 0;
      }
      columnDual[j] = dual;
      bound += dual;
    }
    for (let i = 0; i < rows; i++) {
      let least = Infinity;
      for (let j = 0, at = cost.offset + i * rowStride; j < cols; j++, at += colStride) {
        const reduced = sign * (data[at] as number) - (columnDual[j] as number);
        if (reduced < least) least = reduced;
      }
      maxViolation = Math.max(maxViolation, sign * (rowDual[i] as number) - least);
      rowBound[i] = least;
      bound += least;
    }
  } else {
    for (let i = 0; i < rows; i++) {
      let dual = sign * (rowDual[i] as number);
      if (dual > 0) {
        maxViolation = Math.max(maxViolation, dual);
        dual = 0;
      }
      rowBound[i] = dual;
      bound += dual;
    }
    columnDual.fill(Infinity);
    for (let i = 0; i < rows; i++) {
      for (let j = 0, at = cost.offset + i * rowStride; j < cols; j++, at += colStride) {
        const reduced = sign * (data[at] as number) - (rowBound[i] as number);
        if (reduced < (columnDual[j] as number)) columnDual[j] = reduced;
      }
    }
    for (let j = 0; j < cols; j++) {
      maxViolation = Math.max(maxViolation, sign * (colDual[j] as number) - (columnDual[j] as number));
      bound += columnDual[j] as number;
    }
  }

  let total = 0;
  let assigned = 0;
  let matched = 0;
  let defect: string | undefined;
  // Σ of the matched pairs' slack and the free side's duals: the same number as total − bound, but of small terms,
  // so nothing cancels.
  let gap = 0;
  for (let i = 0; i < rows; i++) {
    const j = rowToCol[i] as number;
    if (j === -1) {
      gap -= rows > cols ? (rowBound[i] as number) : 0;
      continue;
    }
    if (!(j >= 0 && j < cols) || colToRow[j] !== i) {
      defect = `row ${i} has column ${j}, but column ${j} has row ${colToRow[j]}`;
      continue;
    }
    const value = sign * (data[cost.offset + i * rowStride + j * colStride] as number);
    if (value === Infinity) defect = `row ${i} has column ${j}, a forbidden pair`;
    total += value;
    assigned += Math.abs(value);
    gap += value - (rowBound[i] as number) - (columnDual[j] as number);
    matched++;
  }
  if (rows < cols) for (let j = 0; j < cols; j++) if (colToRow[j] === -1) gap -= columnDual[j] as number;
  if (matched !== Math.min(rows, cols))
    defect ??= `${matched} pairs where ${Math.min(rows, cols)} are needed`;

  let size = Math.abs(total);
  for (const dual of rowDual) size += Math.abs(dual);
  for (const dual of colDual) size += Math.abs(dual);
  const rounding = EXACT * size + TINY * (rows + cols);
  // A total beyond float64 is no number that anything could be compared with.
  const known = defect === undefined && Number.isFinite(total);
  return {
    optimal: known && gap <= rounding,
    gap: known
      ? Math.max(0, gap) + roundingOf(assigned, { rowDual: rowBound, colDual: columnDual })
      : Infinity,
    bound: sign * bound,
    maxViolation,
    ...(defect === undefined ? {} : { defect }),
  };
}
