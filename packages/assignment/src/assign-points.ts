import type { Assignment } from './assignment.js';
import type { CostRows } from './cost-rows.js';
import { listedDuals } from './listed-duals.js';
import { type Market, openMarket } from './market.js';
import { pairwiseDistance } from './pairwise-distance.js';
import { BLOCK, pointRows } from './point-rows.js';
import { type Points, rowsOf } from './rows.js';
import { solveAssignment } from './solve.js';

export interface AssignPointsOptions {
  /** @defaultValue 'squaredL2' */
  readonly metric?: 'squaredL2' | 'l2';
  /**
   * Up to so many points the matrix is stored where the search without it exceeds its budget, so that the answer is exact all the same.
   * @defaultValue 8192, half a gibibyte
   */
  readonly matrixUpTo?: number;
  /** Warm start, as `solveAssignment`'s. */
  readonly colDual?: Float64Array | undefined;
}

/** Up to here the matrix is smaller than what is needed to do without it, and all solvers are at hand. */
const STORED = 2048;
/** Candidates a row. */
const SHORT = 8;
/** Columns a row among which new ones are looked for, at least and as a share of all, and what they may take in memory. */
const LEAST_LONG = 64;
const LONG_SHARE = 1 / 8;
const LONG_BYTES = 2 ** 30;
/** Bids a row over all phases, and rows read again, each time with all of y. */
const BIDS_PER_ROW = 200;
const READS_PER_ROW = 2;
/** ε of the phases in standard deviations of the costs, as the auction's: of the first, of the last times n, and between two. */
const FIRST_EPSILON = 0.03;
const LAST_EPSILON = 0.2;
const LEAST_EPSILON = 1e-6;
const PHASE_FACTOR = 8;

/**
 * The assignment of the rows of x to those of y at the least total distance, without the matrix of distances: they are computed in blocks,
 * and of each row only the cheapest are kept, a gibibyte of them at most. So pools of 65,536 images are possible;
 * time grows with n² · D as that of the distances alone.
 *
 * The same auction as `solveAssignment`'s, and the same proof in float64: whatever is not on a row's list is known to be dearer.
 * So the answer is the optimum of `pairwiseDistance`'s matrix (ties aside) and its `gap` rounding. Where points are so many times alike that the auction
 * or the proof exceeds its budget, and too many for a matrix, it is the assignment of the last finished phase and `gap` bounds how far it is from the optimum,
 * computed from its duals on all distances.
 *
 * @param x - float32 `[n, …]`, contiguous; each row is flattened
 * @param y - float32 `[n, …]` of the same row size
 * @throws RangeError if counts or rows' sizes differ, an array isn't contiguous or has a NaN or an infinity
 * @example
 * const { rowToCol, gap } = assignPoints(images, noises, { metric: 'l2' });
 */
export function assignPoints(x: Points, y: Points, options: AssignPointsOptions = {}): Assignment {
  const fn = 'assignPoints';
  const { metric = 'squaredL2', matrixUpTo = 8192, colDual } = options;
  if (metric !== 'squaredL2' && metric !== 'l2') {
    throw new RangeError(`${fn}: metric must be "squaredL2" or "l2", got "${String(metric)}"`);
  }
  const a = rowsOf(fn, 'x', x);
  const b = rowsOf(fn, 'y', y);
  const n = a.count;
  if (b.count !== n || b.size !== a.size) {
    throw new RangeError(
      `${fn}: y must have ${n} rows of ${a.size} numbers like x, got ${b.count} of ${b.size}`,
    );
  }
  for (const [name, { data, size }] of [
    ['x', a],
    ['y', b],
  ] as const) {
    const bad = data.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) {
      throw new RangeError(
        `${fn}: ${name} must be finite, got ${data[bad]} in row ${Math.floor(bad / size)}; look where it comes from`,
      );
    }
  }
  const rows =
    n > Math.min(STORED, matrixUpTo) && a.data instanceof Float32Array && b.data instanceof Float32Array
      ? pointRows(a, b, metric)
      : undefined;
  const found = rows && bid(rows, n, colDual, n > matrixUpTo);
  return found ?? solveAssignment(pairwiseDistance(x, y, { metric }), colDual ? { colDual } : {});
}

/** A complete matching with the prices at which it was made. */
interface Bids {
  readonly rowToCol: Int32Array;
  readonly colToRow: Int32Array;
  readonly prices: Float32Array;
}

/** The auction and its proof; without one, the best of it if `bound`. */
function bid(
  rows: CostRows,
  n: number,
  colDual: Float64Array | undefined,
  bound: boolean,
): Assignment | undefined {
  const long = Math.max(LEAST_LONG, Math.min(n * LONG_SHARE, LONG_BYTES / (8 * n)));
  const market = openMarket(rows, n, {
    short: SHORT,
    long: Math.floor(long / 16) * 16,
    bids: BIDS_PER_ROW * n,
    reads: READS_PER_ROW * n,
    offsets: colDual,
  });
  if (!market) return undefined;
  const { deviation } = market;
  const last = Math.max(LAST_EPSILON / n, LEAST_EPSILON) * deviation;
  let bids: Bids | undefined;
  for (
    let epsilon = FIRST_EPSILON * deviation;
    market.bid(epsilon);
    epsilon = Math.max(last, epsilon / PHASE_FACTOR)
  ) {
    bids = {
      rowToCol: market.rowToCol.slice(),
      colToRow: market.colToRow.slice(),
      prices: market.prices.slice(),
    };
    if (epsilon > last) continue;
    const proof = listedDuals(rows, n, market);
    if (proof) return proof;
    break;
  }
  return bids && bound ? bounded(rows, n, bids, market) : undefined;
}

/** A matching with the duals that its prices give: how far it can be from the optimum, from every distance. */
function bounded(rows: CostRows, n: number, bids: Bids, { offsets }: Market): Assignment {
  const { rowToCol, colToRow, prices } = bids;
  const colDual = Float64Array.from(prices.subarray(0, n), (price, j) => (offsets[j] as number) - price);
  const rowDual = new Float64Array(n);
  const lines = new Float64Array(BLOCK * n);
  let gap = 0;
  let totalCost = 0;
  for (let i = 0; i < n; i++) {
    const at = (i % BLOCK) * n;
    if (at === 0) rows.copy(i, Math.min(BLOCK, n - i), lines);
    let least = Infinity;
    for (let j = 0; j < n; j++) {
      const reduced = (lines[at + j] as number) - (colDual[j] as number);
      if (reduced < least) least = reduced;
    }
    const mine = rowToCol[i] as number;
    const cost = lines[at + mine] as number;
    rowDual[i] = least;
    totalCost += cost;
    gap += cost - (colDual[mine] as number) - least;
  }
  return { rowToCol, colToRow, rowDual, colDual, totalCost, gap };
}
