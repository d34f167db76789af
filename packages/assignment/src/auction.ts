import type { Assignment, AssignmentOptions, CostMatrix } from './assignment.js';
import { columnMeans } from './column-means.js';
import { type DenseCost, denseCost } from './dense-cost.js';
import { dualsOf } from './duals-of.js';
import { openMarket } from './market.js';
import { isNegligible, toAssignment } from './finish.js';
import { solveDense } from './jonker-volgenant.js';
import { augment, greedyMatching, type Matching } from './shortest-augmenting-path.js';

/** ε of the first phase, in standard deviations of the centred costs. */
const FIRST_EPSILON = 0.3;
/** Factor between the ε of two phases. */
const PHASE_FACTOR = 6;
/** ε of the last phase, in standard deviations divided by n. */
const LAST_EPSILON = 0.005;
/** The same not divided: float32 prices don't resolve less. */
const LEAST_EPSILON = 1e-6;
/** Costs further apart than this are beyond float32. */
const LARGEST_DEVIATION = 1e30;
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
  if (isNegligible(assignment.gap, cost, assignment)) return assignment;
  return toAssignment(cost, dense, solveDense('auction', dense), maximize);
}

function solve(dense: DenseCost): Matching {
  const { rows, cols, values, finite } = dense;
  if (rows !== cols || rows < 2 || !finite) return solveDense('auction', dense);
  const n = rows;
  const means = columnMeans(values, n, n);
  const market = openMarket(values, n, means);
  const deviation = market.deviation;
  if (!(deviation > 0 && deviation < LARGEST_DEVIATION && deviation > 1 / LARGEST_DEVIATION)) {
    return solveDense('auction', dense);
  }
  const last = Math.max(LAST_EPSILON / n, LEAST_EPSILON) * deviation;
  let left = BIDS_PER_ROW * n;
  for (let epsilon = FIRST_EPSILON * deviation; ; epsilon = Math.max(last, epsilon / PHASE_FACTOR)) {
    left = market.bid(epsilon, left);
    if (left < 0) return solveDense('auction', dense);
    if (epsilon <= last) break;
  }
  const { prices, rowToCol, colToRow } = market.close();

  // Price p[j] is −v[j] on the centred costs.
  const start = means.map((mean, j) => mean - (prices[j] as number));
  const { rowDual, colDual, proven } = dualsOf(values, n, n, rowToCol, colToRow, start, PROOF_VISITS);
  if (proven) return { rowToCol, colToRow, rowDual, colDual };
  // A few rows hold columns that others could use better: the rest keep theirs.
  const matching = greedyMatching(values, n, n, colDual, rowToCol);
  augment(values, n, n, matching);
  return matching;
}
