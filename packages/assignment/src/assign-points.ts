import { checkInteger, checkOptions, type OptionKeys } from '@immiscible/core';
import ndarray from 'ndarray';
import type { Assignment } from './assignment.js';
import { type Bidding, openBidding } from './bidding.js';
import { checkColDual } from './check-matrix.js';
import { listedDuals } from './listed-duals.js';
import { checkRange, distances } from './pairwise-distance.js';
import { BLOCK, type PointRows, pointRows } from './point-rows.js';
import { isNegligibleBeside, roundingOf } from './rounding.js';
import { type Points, type Rows, rowsOf } from './rows.js';
import { solveAssignment } from './solve.js';

/** Options of {@link assignPoints}. */
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

/** Below this the auction's phases cost more than they save. */
const AUCTION_FROM = 64;
/** Candidates a row. */
const SHORT = 8;
/** Columns a row among which new ones are looked for, at least and as a share of all, and what they may take in memory. */
const LEAST_LONG = 64;
const LONG_SHARE = 1 / 8;
const LONG_BYTES = 2 ** 30;
/** Bids a row over all phases, and rows read again, each time with all of y: more where that is soon done. */
const BIDS_PER_ROW = 200;
const READS_PER_ROW = 2;
const READS_PER_ROW_OF_FEW = 6;
const FEW = 2048;
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
 * The same auction as `solveAssignment`'s, on lower bounds of the distances: products in float32, less all that rounding can have done. The
 * proof is in float64, on distances from differences; whatever is not on a row's list is known to cost more. So `totalCost` and `gap` are
 * those of the points, wherever these lie: `gap` bounds how far the pairs are from the optimum of the distances as real numbers, float64
 * rounding included. Where points are so many times alike that the auction or the proof exceeds its budget, and too many for a
 * matrix, it is the assignment of the last finished phase, and `gap` is what its duals prove on all distances.
 *
 * @param x - float32 or float64 `[n, …]`, any strides; each row is flattened
 * @param y - `[n, …]` of the same row size
 * @param options - metric, when to store the matrix, warm start
 * @throws TypeError if `x` or `y` is no NdArray; RangeError for an unknown option, if counts or rows' sizes differ, or for a NaN or an infinity
 * @example
 * const { rowToCol, gap } = assignPoints(images, noises, { metric: 'l2' });
 */
export function assignPoints(x: Points, y: Points, options: AssignPointsOptions = {}): Assignment {
  const fn = 'assignPoints';
  checkOptions(fn, options, {
    metric: true,
    matrixUpTo: true,
    colDual: true,
  } satisfies OptionKeys<AssignPointsOptions>);
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
  checkInteger(fn, 'matrixUpTo', matrixUpTo, 0);
  if (colDual !== undefined) checkColDual(fn, colDual, n);
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
  const rows = n >= AUCTION_FROM ? pointRows(a, b, metric) : undefined;
  const found = rows && bid(rows, n, colDual, n > matrixUpTo);
  return found ?? stored(a, b, metric, colDual);
}

/** From the matrix, in float64. */
function stored(a: Rows, b: Rows, metric: 'squaredL2' | 'l2', colDual: Float64Array | undefined): Assignment {
  const n = a.count;
  const matrix = new Float64Array(n * n);
  const near = distances(a, b, metric, false, matrix);
  checkRange('assignPoints', near, a, b, matrix);
  const found = solveAssignment(ndarray(matrix, [n, n]), colDual ? { colDual } : {});
  let totalCost = 0;
  found.rowToCol.forEach((j, i) => (totalCost += matrix[i * n + j] as number));
  return { ...found, totalCost, gap: withError(found.gap, totalCost, near.error) };
}

/** A gap on rounded distances as one on the distances themselves, of which each, or its square, has at most this relative error. */
const withError = (gap: number, total: number, error: number) => gap * (1 + error) + 2 * error * total;

/** A complete matching with the prices at which it was made. */
interface Bids {
  readonly rowToCol: Int32Array;
  readonly colToRow: Int32Array;
  readonly prices: Float32Array;
}

/** The auction and its proof; without one, the best of it if `bound`. */
function bid(
  rows: PointRows,
  n: number,
  colDual: Float64Array | undefined,
  bound: boolean,
): Assignment | undefined {
  const long = Math.max(LEAST_LONG, Math.min(n * LONG_SHARE, LONG_BYTES / (8 * n)));
  const bidding = openBidding(rows, n, {
    short: SHORT,
    long: Math.floor(long / 16) * 16,
    bids: BIDS_PER_ROW * n,
    reads: (n <= FEW ? READS_PER_ROW_OF_FEW : READS_PER_ROW) * n,
    offsets: colDual,
  });
  if (!bidding) return undefined;
  const { deviation } = bidding;
  const last = Math.max(LAST_EPSILON / n, LEAST_EPSILON) * deviation;
  let bids: Bids | undefined;
  for (
    let epsilon = FIRST_EPSILON * deviation;
    bidding.bid(epsilon);
    epsilon = Math.max(last, epsilon / PHASE_FACTOR)
  ) {
    bids = {
      rowToCol: bidding.rowToCol.slice(),
      colToRow: bidding.colToRow.slice(),
      prices: bidding.prices.slice(),
    };
    if (epsilon > last) continue;
    const proof = listedDuals(rows, n, bidding);
    // Prices and offsets of huge distances can drown small ones.
    if (proof && (bound || isNegligibleBeside(proof.totalCost, proof.gap, proof)))
      return withAllRounding(rows, proof);
    break;
  }
  return bids && bound ? withAllRounding(rows, bounded(rows, n, bids, bidding)) : undefined;
}

/** With all that rounding can have done in the gap. */
function withAllRounding(rows: PointRows, found: Assignment): Assignment {
  const gap = found.gap + roundingOf(found.totalCost, found);
  return { ...found, gap: withError(gap, found.totalCost, rows.error) };
}

/** A matching with the duals that its prices give: how far it can be from the optimum, from every distance. */
function bounded(rows: PointRows, n: number, bids: Bids, { offsets }: Bidding): Assignment {
  const { rowToCol, colToRow, prices } = bids;
  const colDual = Float64Array.from(prices.subarray(0, n), (price, j) => (offsets[j] as number) - price);
  const rowDual = new Float64Array(n);
  const lines = new Float64Array(BLOCK * n);
  let gap = 0;
  let totalCost = 0;
  for (let i = 0; i < n; i++) {
    const at = (i % BLOCK) * n;
    if (at === 0) rows.copy(i, Math.min(BLOCK, n - i), lines);
    const mine = rowToCol[i] as number;
    const cost = rows.at(i, mine);
    const own = cost - (colDual[mine] as number);
    let least = own;
    for (let j = 0; j < n; j++) {
      // Of lower bounds only those that could be the least are computed.
      if (!((lines[at + j] as number) - (colDual[j] as number) < least)) continue;
      const reduced = rows.at(i, j) - (colDual[j] as number);
      if (reduced < least) least = reduced;
    }
    rowDual[i] = least;
    totalCost += cost;
    gap += own - least;
  }
  return { rowToCol, colToRow, rowDual, colDual, totalCost, gap };
}
