import type { CostRows } from './cost-rows.js';
import { aligned, type Kernels, kernels, MOST_MEMORY } from './kernels.js';

/** The rows' bidding for columns of a square problem, in WebAssembly; prices stay from phase to phase. */
export interface Bidding {
  /** Standard deviation of the costs less offsets, from a sample of rows. */
  readonly deviation: number;
  /** Float64 `[n]`: what was subtracted from each column. */
  readonly offsets: Float64Array;
  /** Largest magnitude of a cost less its offset. */
  readonly largest: number;
  /** Most candidates per row. */
  readonly size: number;
  /** Views, valid until bidding opens anew: prices `[n]`, matching `[n]`, candidates `[n, size]`, of which `counts[i]` in row i. */
  readonly prices: Float32Array;
  readonly rowToCol: Int32Array;
  readonly colToRow: Int32Array;
  readonly columns: Int32Array;
  readonly counts: Int32Array;
  /** What isn't among a row's candidates costs at least this, offsets subtracted and prices added. */
  readonly bound: Float32Array;
  /**
   * One phase: all rows bid until each has a column; a row that loses its column bids next (last in, first out). A bid raises
   * the price of the row's best column by its advantage over the second best, plus ε.
   *
   * @returns false if it took more bids and reading of rows than there were left
   */
  bid(epsilon: number): boolean;
  /** Makes a row's candidates anew at the present prices: from its long list, or from the costs if `wholly`. */
  refresh(row: number, wholly: boolean): void;
}

export interface BiddingOptions {
  /** Candidates per row. */
  readonly short: number;
  /** Columns per row among which new candidates are looked for before the row is read again. */
  readonly long: number;
  /** Most bids over all phases, most rows read again. */
  readonly bids: number;
  readonly reads: number;
  /** What to subtract from each column, float64 `[n]`: earlier duals are the best choice. Estimated by default. */
  readonly offsets?: Float64Array | undefined;
}

/** Bytes of float64 rows taken in at once: they stay in the second-level cache. */
const BLOCK_BYTES = 2 ** 18;
/** Costs further apart than this, or nearer, are beyond float32. */
const LARGEST_DEVIATION = 1e18;
/** Bids between two looks at the budget; also lets the engine swap in optimized code. */
const SLICE = 4096;

/** Rows from which offsets are estimated: a sixteenth, but within these limits. */
const LEAST_SAMPLE = 48;
const MOST_SAMPLE = 128;
/** In standard deviations. Lower ones listen to single rows of the sample, higher ones to all alike. */
const TEMPERATURE = 0.3;
/** Prices at temperature 0 from those at this one: by regression on image–noise costs. */
const PRICE_FACTOR = 1.4;

/**
 * Opens the bidding for a square problem: float32 costs less column offsets, lists of candidates, prices 0.
 *
 * Any offsets are right, since they change all complete assignments alike; good ones are near the optimal column duals, so that
 * few bids are left to make. They are estimated from a sample of rows: column means, less T·log of how much the sample wants
 * each column at temperature T (one step of Sinkhorn's iteration).
 *
 * @returns undefined where the engine has no SIMD, the problem exceeds its memory, or the costs exceed float32: a NaN, an
 *   infinity, all equal, too far apart or too near
 */
export function openBidding(rows: CostRows, n: number, options: BiddingOptions): Bidding | undefined {
  const { short, long, bids } = options;
  const block = Math.min(n, Math.max(rows.block ?? 1, Math.floor(BLOCK_BYTES / (8 * n))));
  const sample = Math.min(n, MOST_SAMPLE, Math.max(LEAST_SAMPLE, n >> 4));
  const arena = openArena(n, Math.max(block, sample), { short, long });
  if (!arena) return undefined;
  const { buffer, run, staging, stagingAt, offsets } = arena;
  const { sign } = rows;
  const deviation = center(rows, n, { arena, sample, given: options.offsets });
  // Nothing to bid for, or nothing that float32 can hold.
  if (!(deviation > 1 / LARGEST_DEVIATION && deviation < LARGEST_DEVIATION)) return undefined;
  let largest = 0;
  for (let i = 0; i < n; i += block) {
    const count = Math.min(block, n - i);
    rows.copy(i, count, staging);
    largest = Math.max(largest, run.ingest(stagingAt, 0, i, count, sign)); // NaN stays
    if (!(largest < Infinity)) return undefined;
  }

  let { reads } = options;
  run.resetBids();
  const refresh = (row: number, wholly: boolean) => {
    if (wholly) {
      reads--;
      rows.copy(row, 1, staging);
      run.renew(stagingAt, 0, row, sign);
    }
    run.shorten(row);
  };
  const at = (which: number) => run.addressOf(which);
  return {
    deviation,
    offsets: offsets.slice(0, n),
    largest,
    size: short,
    prices: new Float32Array(buffer, at(0), n),
    colToRow: new Int32Array(buffer, at(1), n),
    rowToCol: new Int32Array(buffer, at(2), n),
    bound: new Float32Array(buffer, at(3), n),
    counts: new Int32Array(buffer, at(4), n),
    columns: new Int32Array(buffer, at(5), n * short),
    bid(epsilon) {
      run.openPhase();
      for (;;) {
        const left = run.bid(epsilon, SLICE);
        if (left > 0) return true;
        if (left < 0) refresh(-1 - left, true);
        if (run.bidsMade() > bids || reads < 0) return false;
      }
    },
    refresh,
  };
}

/** The memory that bidding has in WebAssembly: offsets, room for some rows, and the tables of the kernels. */
interface Arena {
  readonly run: Kernels['run'];
  readonly buffer: ArrayBuffer;
  readonly offsets: Float64Array;
  /** Room for rows, and where it is. */
  readonly staging: Float64Array;
  readonly stagingAt: number;
}

/** Undefined where the engine has no SIMD or not so much memory. */
function openArena(
  n: number,
  staged: number,
  { short, long }: Pick<BiddingOptions, 'short' | 'long'>,
): Arena | undefined {
  const simd = kernels();
  if (!simd) return undefined;
  const stagingAt = aligned(8 * n);
  const tablesAt = stagingAt + aligned(8 * n * staged);
  const bytes = tablesAt + simd.run.bytes(n, short, long);
  if (bytes > MOST_MEMORY) return undefined;
  const buffer = simd.memory(bytes);
  const { run } = simd;
  run.open(tablesAt, n, short, long);
  return {
    run,
    buffer,
    offsets: new Float64Array(buffer, 0, n),
    staging: new Float64Array(buffer, stagingAt, n * staged),
    stagingAt,
  };
}

/** Sets the offsets, as given or estimated from a sample of rows; returns the deviation of the costs less them. */
function center(
  rows: CostRows,
  n: number,
  { arena, sample, given }: { arena: Arena; sample: number; given: Float64Array | undefined },
): number {
  const { buffer, run, staging, stagingAt, offsets } = arena;
  const { sign } = rows;
  for (let k = 0; k < sample; k++) {
    rows.copy(Math.floor((k * n) / sample), 1, staging.subarray(k * n));
  }
  if (given) offsets.set(given);
  else {
    offsets.fill(0);
    run.accumulate(0, stagingAt, sample, sign / sample);
  }
  const spread = Math.sqrt(run.squaresOf(stagingAt, 0, sample, sign) / (sample * n));
  if (given || !(spread > 0 && spread < Infinity)) return spread;
  // The matching isn't made yet: its place holds the weights until then.
  const weightsAt = run.addressOf(1);
  const temperature = TEMPERATURE * spread;
  run.want(stagingAt, 0, sample, sign, temperature, weightsAt);
  const weights = new Float32Array(buffer, weightsAt, n);
  const factor = PRICE_FACTOR * temperature;
  for (let j = 0; j < n; j++) {
    offsets[j] = (offsets[j] as number) - factor * Math.log((weights[j] as number) / sample);
  }
  return spread;
}
