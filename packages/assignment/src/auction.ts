import type { Assignment, AssignmentOptions, CostMatrix } from './assignment.js';
import { checkMatrix } from './check-matrix.js';
import { type CostRows, costRows } from './cost-rows.js';
import { isNegligible } from './finish.js';
import { shortestPaths } from './jonker-volgenant.js';
import { listedDuals, type Proof } from './listed-duals.js';
import { openMarket } from './market.js';

export const tune = {
  first: 0.02, factor: 10, last: 0.2, size: 12, long: 8, least: 64, log: false, reads: 2, bids: 100, sample: 8, sampleMin: 32, temperature: 0.3, trust: 1.5,
};
/** Costs further apart than this, or nearer, are beyond float32. */
const LARGEST_DEVIATION = 1e18;

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
 * @throws RangeError for a NaN or an infinite gain, or if no complete assignment exists
 * @see Bertsekas 1988, Annals of Operations Research 14; Bertsekas & Castañon 1989 (Gauss–Seidel bidding, ε-scaling)
 */
export function auction(cost: CostMatrix, options: AssignmentOptions = {}): Assignment {
  checkMatrix('auction', cost);
  const { maximize = false, colDual } = options;
  const [n, cols] = cost.shape as [number, number];
  if (n === cols && n >= 2) {
    const rows = costRows(cost, maximize);
    const proof = bidFor(rows, n, colDual?.map((x) => rows.sign * x));
    if (proof) {
      const assignment = { ...proof, totalCost: rows.sign * proof.totalCost };
      if (maximize) {
        for (const dual of [assignment.rowDual, assignment.colDual]) dual.forEach((x, k) => (dual[k] = -x));
      }
      // Prices and offsets of huge costs can drown small ones.
      if (isNegligible(assignment.gap, cost, assignment)) return assignment;
    }
  }
  return shortestPaths('auction', cost, options);
}

/** The auction on costs of any source; undefined if it doesn't come to a proof within its budget. */
export function bidFor(rows: CostRows, n: number, offsets?: Float64Array): Proof | undefined {
  const t0 = performance.now();
  const market = openMarket(rows, n, {
    short: Math.min(tune.size, n), long: Math.ceil(Math.max(tune.least, n / tune.long) / 16) * 16, bids: tune.bids * n, reads: tune.reads * n, sample: Math.max(tune.sampleMin,Math.min(128, n/tune.sample)), temperature: tune.temperature, trust: tune.trust,
    offsets,
  });
  if (!market) return undefined;
  const t1 = performance.now();
  const { deviation, largest } = market;
  if (!(largest < Infinity && deviation < LARGEST_DEVIATION && deviation > 1 / LARGEST_DEVIATION)) return undefined;
  const last = Math.max(tune.last / n, 1e-6) * deviation;
  for (let epsilon = tune.first * deviation; ; epsilon = Math.max(last, epsilon / tune.factor)) {
    if (!market.bid(epsilon)) return undefined;
    if (tune.log) console.log("  eps", (epsilon/deviation).toExponential(2), JSON.stringify((market as any).stats()), (performance.now()-t1).toFixed(2));
    if (epsilon <= last) break;
  }
  const t2 = performance.now();
  const proof = listedDuals(rows, n, market);
  const t3 = performance.now();
  if (tune.log) console.log(n, 'open', (t1 - t0).toFixed(2), 'bid', (t2 - t1).toFixed(2), 'finish', (t3 - t2).toFixed(2), proof ? proof.gap : 'FAILED');
  return proof;
}
