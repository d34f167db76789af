import type { Assignment, AssignmentOptions, CostMatrix } from './assignment.js';
import { checkAssignment, checkMatrix, checkSolverOptions } from './check-matrix.js';
import { costAt } from './dense-cost.js';
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
  checkLengths(cost, assignment);
  const sign = options.maximize ? -1 : 1;
  const dual = mendedDuals(cost, assignment, sign);
  const { total, assigned, gap, defect } = matchedPairs(cost, assignment, { sign, dual });

  let size = Math.abs(total);
  for (const each of assignment.rowDual) size += Math.abs(each);
  for (const each of assignment.colDual) size += Math.abs(each);
  const rounding = EXACT * size + TINY * (assignment.rowDual.length + assignment.colDual.length);
  // A total beyond float64 is no number that anything could be compared with.
  const known = defect === undefined && Number.isFinite(total);
  return {
    optimal: known && gap <= rounding,
    gap: known ? Math.max(0, gap) + roundingOf(assigned, dual) : Infinity,
    bound: sign * dual.bound,
    maxViolation: dual.maxViolation,
    ...(defect === undefined ? {} : { defect }),
  };
}

function checkLengths(cost: CostMatrix, { rowToCol, colToRow, rowDual, colDual }: Assignment): void {
  const [rows, cols] = cost.shape as [number, number];
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
}

/** Duals of the minimizing problem that are feasible, whatever they were made from. */
interface MendedDuals {
  readonly rowDual: Float64Array;
  readonly colDual: Float64Array;
  /** Their sum. */
  readonly bound: number;
  /** Largest amount by which the duals as given exceeded what is feasible. */
  readonly maxViolation: number;
}

/**
 * Lowers the duals of the side with fewer members, each to the largest that is feasible with the other side's. The side with more members
 * has free ones, whose dual must not be positive (the matching is an inequality there).
 */
function mendedDuals(cost: CostMatrix, { rowDual, colDual }: Assignment, sign: number): MendedDuals {
  const [rows, cols] = cost.shape as [number, number];
  const [rowStride, colStride] = cost.stride as [number, number];
  const data = cost.data as ArrayLike<number>;
  let maxViolation = 0;
  let bound = 0;
  const kept = (given: number, mayBePositive: boolean) => {
    let dual = sign * given;
    if (!mayBePositive && dual > 0) {
      maxViolation = Math.max(maxViolation, dual);
      dual = 0;
    }
    bound += dual;
    return dual;
  };
  const lowered = (given: number, least: number) => {
    maxViolation = Math.max(maxViolation, sign * given - least);
    bound += least;
    return least;
  };
  const u = new Float64Array(rows);
  const v = new Float64Array(cols);
  if (rows <= cols) {
    for (let j = 0; j < cols; j++) v[j] = kept(colDual[j] as number, rows === cols);
    for (let i = 0; i < rows; i++) {
      let least = Infinity;
      for (let j = 0, at = cost.offset + i * rowStride; j < cols; j++, at += colStride) {
        const reduced = sign * (data[at] as number) - (v[j] as number);
        if (reduced < least) least = reduced;
      }
      u[i] = lowered(rowDual[i] as number, least);
    }
  } else {
    for (let i = 0; i < rows; i++) u[i] = kept(rowDual[i] as number, false);
    v.fill(Infinity);
    for (let i = 0; i < rows; i++) {
      for (let j = 0, at = cost.offset + i * rowStride; j < cols; j++, at += colStride) {
        const reduced = sign * (data[at] as number) - (u[i] as number);
        if (reduced < (v[j] as number)) v[j] = reduced;
      }
    }
    for (let j = 0; j < cols; j++) v[j] = lowered(colDual[j] as number, v[j] as number);
  }
  return { rowDual: u, colDual: v, bound, maxViolation };
}

/** What the assigned pairs add up to. */
interface MatchedPairs {
  readonly total: number;
  /** Σ |cost|. */
  readonly assigned: number;
  /** Σ of the pairs' slack and the free side's duals: `total − bound`, but of small terms, so that nothing cancels. */
  readonly gap: number;
  readonly defect: string | undefined;
}

function matchedPairs(
  cost: CostMatrix,
  { rowToCol, colToRow }: Assignment,
  { sign, dual: { rowDual, colDual } }: { readonly sign: number; readonly dual: MendedDuals },
): MatchedPairs {
  const [rows, cols] = cost.shape as [number, number];
  let total = 0;
  let assigned = 0;
  let matched = 0;
  let gap = 0;
  let defect: string | undefined;
  for (let i = 0; i < rows; i++) {
    const j = rowToCol[i] as number;
    if (j === -1) {
      gap -= rows > cols ? (rowDual[i] as number) : 0;
      continue;
    }
    if (!(j >= 0 && j < cols) || colToRow[j] !== i) {
      defect = `row ${i} has column ${j}, but column ${j} has row ${colToRow[j]}`;
      continue;
    }
    const value = sign * costAt(cost, i, j);
    if (value === Infinity) defect = `row ${i} has column ${j}, a forbidden pair`;
    total += value;
    assigned += Math.abs(value);
    gap += value - (rowDual[i] as number) - (colDual[j] as number);
    matched++;
  }
  if (rows < cols) for (let j = 0; j < cols; j++) if (colToRow[j] === -1) gap -= colDual[j] as number;
  if (matched !== Math.min(rows, cols))
    defect ??= `${matched} pairs where ${Math.min(rows, cols)} are needed`;
  return { total, assigned, gap, defect };
}
