import type { Assignment, AssignmentOptions, CostMatrix } from './assignment.js';
import { columnMeans } from './column-means.js';
import { type DenseCost, denseCost } from './dense-cost.js';
import { dualsOf } from './duals-of.js';
import { isRounding, toAssignment } from './finish.js';
import { solveDense } from './jonker-volgenant.js';
import { augment, greedyMatching, type Matching } from './shortest-augmenting-path.js';

/** ε of the first phase, in standard deviations of the centred costs. */
const FIRST_EPSILON = 0.3;
/** Factor between the ε of two phases. */
const PHASE_FACTOR = 6;
/** ε of the last phase, in standard deviations divided by n. */
const LAST_EPSILON = 0.005;
/** Looks at one row while proving; where a cheaper exchange exists, its rows come round again and again. */
const PROOF_VISITS = 64;
/** Bids per row over all phases after which the costs are taken for the auction's worst case. */
const BIDS_PER_ROW = 400;

/**
 * The exact optimum of a square problem by Bertsekas' auction, in a small multiple of the time it takes to read the
 * costs when they are image–noise distances. Rows bid for columns; a price rises by the difference between the best and the
 * second-best column, plus ε; ε shrinks from phase to phase. Bidding runs on costs rounded to float32 after subtracting
 * column means; float64 duals of the matching it finds are then computed on the costs as given ({@link dualsOf}). Where
 * they show a cheaper exchange, the rows concerned are matched again by shortest augmenting paths; so the answer is exact
 * whatever the rounding did.
 *
 * Rectangular problems, forbidden pairs, and costs on which bidding doesn't end soon go to {@link jonkerVolgenant}'s method.
 *
 * @param cost - `[n, n]`; other shapes and +Infinity are accepted
 * @throws RangeError for a NaN or an infinite gain, or if no complete assignment exists
 * @see Bertsekas 1988, Annals of Operations Research 14; Bertsekas & Castañon 1989 (Gauss–Seidel bidding, ε-scaling)
 */
export function auction(cost: CostMatrix, options: AssignmentOptions = {}): Assignment {
  const { maximize = false } = options;
  const dense = denseCost('auction', cost, maximize);
  const assignment = toAssignment(cost, dense, solve(dense), maximize);
  // Prices and means of huge costs can drown small ones.
  if (isRounding(assignment.gap, assignment)) return assignment;
  return toAssignment(cost, dense, solveDense('auction', dense), maximize);
}

function solve(dense: DenseCost): Matching {
  const { rows, cols, values, finite } = dense;
  if (rows !== cols || rows < 2 || !finite) return solveDense('auction', dense);
  const n = rows;
  const means = columnMeans(values, n, n);
  const { centred, deviation } = centre(values, n, means);
  if (!(deviation > 0)) return solveDense('auction', dense);

  const prices = new Float64Array(n);
  const rowToCol = new Int32Array(n);
  const colToRow = new Int32Array(n);
  const last = (LAST_EPSILON * deviation) / n;
  let left = BIDS_PER_ROW * n;
  for (let epsilon = FIRST_EPSILON * deviation; ; epsilon = Math.max(last, epsilon / PHASE_FACTOR)) {
    left = bid(centred, n, prices, rowToCol, colToRow, epsilon, left);
    if (left < 0) return solveDense('auction', dense);
    if (epsilon <= last) break;
  }

  // Price p[j] is −v[j] on the centred costs.
  const start = means.map((mean, j) => mean - (prices[j] as number));
  const { rowDual, colDual, proven } = dualsOf(values, n, n, rowToCol, colToRow, start, PROOF_VISITS);
  if (proven) return { rowToCol, colToRow, rowDual, colDual };
  // A few rows hold columns that others could use better: the rest keep theirs.
  const matching = greedyMatching(values, n, n, colDual, rowToCol);
  augment(values, n, n, matching);
  return matching;
}

/** Costs less column means, in float32, and their standard deviation. */
function centre(
  values: Float64Array,
  n: number,
  means: Float64Array,
): { centred: Float32Array; deviation: number } {
  const centred = new Float32Array(n * n);
  let sum = 0;
  let squares = 0;
  for (let i = 0, k = 0; i < n; i++) {
    for (let j = 0; j < n; j++, k++) {
      const value = (values[k] as number) - (means[j] as number);
      centred[k] = value;
      sum += value;
      squares += value * value;
    }
  }
  const mean = sum / (n * n);
  return { centred, deviation: Math.sqrt(Math.max(0, squares / (n * n) - mean * mean)) };
}

/**
 * One phase: all rows bid until each has a column. A row that loses its column is next (last in, first out).
 *
 * @returns how many bids are left, negative if they didn't suffice
 */
function bid(
  cost: Float32Array,
  n: number,
  prices: Float64Array,
  rowToCol: Int32Array,
  colToRow: Int32Array,
  epsilon: number,
  left: number,
): number {
  rowToCol.fill(-1);
  colToRow.fill(-1);
  const free = Int32Array.from({ length: n }, (_, i) => n - 1 - i);
  let top = n;
  while (top > 0) {
    if (--left < 0) return left;
    const row = free[--top] as number;
    const at = row * n;
    let best = Infinity;
    let second = Infinity;
    let column = 0;
    for (let j = 0; j < n; j++) {
      const value = (cost[at + j] as number) + (prices[j] as number);
      if (value < second) {
        if (value < best) {
          second = best;
          best = value;
          column = j;
        } else second = value;
      }
    }
    prices[column] = (prices[column] as number) + (second - best) + epsilon;
    const loser = colToRow[column] as number;
    if (loser !== -1) {
      rowToCol[loser] = -1;
      free[top++] = loser;
    }
    colToRow[column] = row;
    rowToCol[row] = column;
  }
  return left;
}
