import type { NdArray } from 'ndarray';

/** A rank-2 cost matrix, rows × columns, any strides: rows are assigned to columns. */
export type CostMatrix =
  NdArray<Float64Array> | NdArray<Float32Array> | NdArray<Int32Array> | NdArray<number[]>;

/** A minimum-cost matching of every row (or, with fewer columns than rows, of every column), with its proof. */
export interface Assignment {
  /** int32 `[rows]`: the column of each row, −1 where it has none (more rows than columns). */
  readonly rowToCol: Int32Array;
  /** int32 `[cols]`: the row of each column, −1 where it has none. */
  readonly colToRow: Int32Array;
  /** Sum of the assigned costs, as given (with `maximize` too: the sum that was maximized), added up in float64. */
  readonly totalCost: number;
  /**
   * float64 `[rows]`, u of the solution u, v of the dual problem: `u[i] + v[j] ≤ cost[i,j]` for every pair (`≥` with
   * `maximize`), and `Σu + Σv` bounds every assignment's cost.
   */
  readonly rowDual: Float64Array;
  /** float64 `[cols]`, v of that solution. */
  readonly colDual: Float64Array;
  /**
   * How far the assignment can be from the optimum, in the units of the cost, computed in float64 from the duals on the
   * costs as given, with what rounding can have done to that: rounding is all there is for an exact solver. Infinity if `totalCost`
   * is, as costs whose sum exceeds float64 have no total to be compared.
   */
  readonly gap: number;
}

/** Options that all solvers have. */
export interface AssignmentOptions {
  /** Maximize the total instead of minimizing it. @defaultValue false, as SciPy */
  readonly maximize?: boolean;
  /**
   * Warm start: float64 `[cols]`, the `colDual` of an earlier answer to a similar problem. The nearer to this problem's, the
   * sooner the answer; it doesn't depend on them otherwise (ties aside).
   */
  readonly colDual?: Float64Array | undefined;
}

/** Anything that solves the linear assignment problem; the solvers of this package are interchangeable. */
export type AssignmentSolver = (cost: CostMatrix, options?: AssignmentOptions) => Assignment;
