import type { Assignment, AssignmentOptions, CostMatrix } from './assignment.js';
import { openBidding } from './bidding.js';
import { checkMatrix, checkSolverOptions } from './check-matrix.js';
import { type CostRows, costRows } from './cost-rows.js';
import { shortestPaths } from './jonker-volgenant.js';
import { listedDuals, type Proof } from './listed-duals.js';
import { isNegligible, withRounding } from './rounding.js';
import { proofToAssignment } from './to-assignment.js';

/** ε of the first phase, in standard deviations of the centered costs; factor between the ε of two phases. */
const FIRST_EPSILON = 0.03;
const PHASE_FACTOR = 8;
/** ε of the last phase, in standard deviations divided by n; the proof mends what is left. */
const LAST_EPSILON = 0.2;
/** The same not divided: float32 prices don't resolve less. */
const LEAST_EPSILON = 1e-6;
/** Candidates per row. */
const SHORT = 8;
/** Columns per row, at least and as a share of all, among which new candidates are looked for. */
const LEAST_LONG = 64;
const LONG_SHARE = 1 / 8;
/** Bids per row over all phases, and rows read again, after which the costs are taken for the auction's worst case. */
const BIDS_PER_ROW = 200;
const READS_PER_ROW = 6;

/**
 * The exact optimum of a square problem by Bertsekas' auction, in a small multiple of the time it takes to read the costs when
 * they are image–noise distances. Rows bid for columns; a price rises by the difference between the best and the second-best
 * column, plus ε; ε shrinks from phase to phase. Bidding runs on costs rounded to float32, and on each row's cheapest columns
 * only; float64 duals of the matching it finds are then computed on the costs as given, which prove it or mend it
 * ({@link listedDuals}). So the answer is exact whatever rounding did.
 *
 * The number of bids is bounded; where that isn't enough, and for rectangular problems and forbidden pairs, the answer is
 * that of shortest augmenting paths ({@link shortestPaths}).
 *
 * @param cost - `[n, n]`; other shapes and +Infinity are accepted
 * @param options - whether to maximize; warm start
 * @throws RangeError for a NaN or an infinite gain, or if no complete assignment exists
 * @see Bertsekas 1988, Annals of Operations Research 14; Bertsekas & Castañon 1989 (Gauss–Seidel bidding, ε-scaling)
 */
export function auction(cost: CostMatrix, options: AssignmentOptions = {}): Assignment {
  checkMatrix('auction', cost);
  checkSolverOptions('auction', options, cost);
  const { maximize = false, colDual } = options;
  const [n, cols] = cost.shape as [number, number];
  if (n === cols && n >= 2) {
    const rows = costRows(cost, maximize);
    const proof = bidFor(
      rows,
      n,
      colDual?.map((x) => rows.sign * x),
    );
    if (proof) {
      const assignment = proofToAssignment(rows, proof);
      // Prices and offsets of huge costs can drown small ones.
      if (isNegligible(assignment.gap, cost, assignment)) return withRounding(cost, assignment);
    }
  }
  return shortestPaths('auction', cost, options);
}

/** The auction on costs of any source; undefined if it doesn't come to a proof within its budget. */
export function bidFor(rows: CostRows, n: number, offsets?: Float64Array): Proof | undefined {
  const bidding = openBidding(rows, n, {
    short: Math.min(SHORT, n),
    long: Math.ceil(Math.max(LEAST_LONG, n * LONG_SHARE) / 16) * 16,
    bids: BIDS_PER_ROW * n,
    reads: READS_PER_ROW * n,
    offsets,
  });
  if (!bidding) return undefined;
  const { deviation } = bidding;
  const last = Math.max(LAST_EPSILON / n, LEAST_EPSILON) * deviation;
  for (let epsilon = FIRST_EPSILON * deviation; ; epsilon = Math.max(last, epsilon / PHASE_FACTOR)) {
    if (!bidding.bid(epsilon)) return undefined;
    if (epsilon <= last) return listedDuals(rows, n, bidding);
  }
}
