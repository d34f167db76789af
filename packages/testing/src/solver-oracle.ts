import type { NdArray } from 'ndarray';

/** What a solver answers: `Assignment` of `@immiscible/assignment`, to a package that doesn't import it. */
export interface SolverAnswer {
  /** int32 `[rows]`: the column of each row, −1 where it has none. */
  readonly rowToCol: Int32Array;
  /** int32 `[cols]`: the row of each column, −1 where it has none. */
  readonly colToRow: Int32Array;
  /** Sum of the assigned costs. */
  readonly totalCost: number;
  /** float64 `[rows]`, u. */
  readonly rowDual: Float64Array;
  /** float64 `[cols]`, v. */
  readonly colDual: Float64Array;
  /** How far the total can be from the optimum. */
  readonly gap: number;
}

/** What is wrong with a matching, if anything is: it must be one-to-one, whole, and of the total that it says. */
export function matchingDefect(cost: NdArray<Float64Array>, answer: SolverAnswer): string | undefined {
  const [rows, cols] = cost.shape as [number, number];
  const { rowToCol, colToRow, totalCost } = answer;
  if (rowToCol.length !== rows || colToRow.length !== cols) return 'lengths other than the matrix has';
  let total = 0;
  let pairs = 0;
  for (let i = 0; i < rows; i++) {
    const j = rowToCol[i] as number;
    if (j === -1) continue;
    if (colToRow[j] !== i) return `row ${i} has column ${j}, which has row ${colToRow[j]}`;
    total += cost.get(i, j);
    pairs++;
  }
  if (colToRow.filter((i) => i !== -1).length !== pairs) return 'columns whose rows have others';
  if (pairs !== Math.min(rows, cols)) return `${pairs} pairs of ${Math.min(rows, cols)}`;
  if (!(Math.abs(total - totalCost) <= 1e-12 * Math.abs(total)))
    return `a total of ${total}, not ${totalCost}`;
  return undefined;
}

/**
 * How far a square problem's answer may be from the optimum by its column duals v alone, by weak duality: no assignment costs less than
 * `Σ_j v_j + Σ_i min_j (c_ij − v_j)`, whatever v is. With how much of that is rounding.
 */
export function dualityGap(
  cost: NdArray<Float64Array>,
  { colDual, rowToCol }: SolverAnswer,
): { readonly gap: number; readonly rounding: number } {
  const n = cost.shape[0] as number;
  let [gap, size] = [0, 0];
  for (let i = 0; i < n; i++) {
    const own = rowToCol[i] as number;
    const slack = (j: number) => cost.get(i, j) - (colDual[j] as number);
    let least = Infinity;
    for (let j = 0; j < n; j++) least = Math.min(least, slack(j));
    gap += slack(own) - least;
    size += Math.abs(cost.get(i, own)) + Math.abs(colDual[own] as number) + Math.abs(least);
  }
  return { gap, rounding: 1e-12 * size };
}

/**
 * Least total over all ways to assign every row, by trying them.
 *
 * @param cost - with no more rows than columns
 */
export function bruteForce(cost: NdArray<Float64Array>): number {
  const [rows, cols] = cost.shape as [number, number];
  const taken = new Set<number>();
  const best = (i: number): number => {
    if (i === rows) return 0;
    let least = Infinity;
    for (let j = 0; j < cols; j++) {
      if (taken.has(j)) continue;
      taken.add(j);
      least = Math.min(least, cost.get(i, j) + best(i + 1));
      taken.delete(j);
    }
    return least;
  };
  return best(0);
}
