import { kernels } from './kernels.js';

/** The rows' bidding for columns of a square problem, and its prices from phase to phase. */
export interface Market {
  /** Standard deviation of the costs less column means. */
  readonly deviation: number;
  /**
   * One phase: all rows bid until each has a column; a row that loses its column bids next (last in, first out). A bid raises
   * the price of the row's best column by its advantage over the second best, plus ε.
   *
   * @param left - how many bids may be made
   * @returns how many are left, negative if they didn't suffice
   */
  bid(epsilon: number, left: number): number;
  /** Prices and matching, copied. */
  close(): { prices: Float32Array; rowToCol: Int32Array; colToRow: Int32Array };
}

/** Beyond this many bytes of costs the SIMD kernel's memory would not suffice. */
const MOST_BYTES = 2 ** 31;

/** Costs less column means, rounded to float32, ready for bidding: by SIMD where the engine has it. */
export function openMarket(values: Float64Array, n: number, means: Float64Array): Market {
  const stride = Math.ceil(n / 4) * 4;
  const bytes = 4 * (n * stride + 2 * stride + 2 * n);
  const simd = bytes <= MOST_BYTES ? kernels() : null;
  const buffer = simd ? simd.memory(bytes) : new ArrayBuffer(bytes);
  const cost = new Float32Array(buffer, 0, n * stride);
  const pricesAt = 4 * n * stride;
  const prices = new Float32Array(buffer, pricesAt, stride).fill(0);
  const colToRow = new Int32Array(buffer, pricesAt + 4 * stride, stride);
  const rowToCol = new Int32Array(buffer, pricesAt + 8 * stride, n);
  const stack = new Int32Array(buffer, pricesAt + 8 * stride + 4 * n, n);

  let sum = 0;
  let squares = 0;
  for (let i = 0; i < n; i++) {
    let k = i * n;
    let at = i * stride;
    for (let j = 0; j < n; j++, k++, at++) {
      const value = (values[k] as number) - (means[j] as number);
      cost[at] = value;
      sum += value;
      squares += value * value;
    }
    // Columns that pad to whole vectors cost more than any.
    for (let j = n; j < stride; j++, at++) cost[at] = Infinity;
  }
  const mean = sum / (n * n);
  const deviation = Math.sqrt(Math.max(0, squares / (n * n) - mean * mean));

  return {
    deviation,
    bid: simd
      ? (epsilon, left) =>
          simd.bid(
            0,
            pricesAt,
            rowToCol.byteOffset,
            colToRow.byteOffset,
            stack.byteOffset,
            n,
            stride,
            epsilon,
            Math.min(left, 0x7fffffff),
          )
      : (epsilon, left) => plainBid({ cost, prices, rowToCol, colToRow, stack, n, stride }, epsilon, left),
    close: () => ({ prices: prices.slice(0, n), rowToCol: rowToCol.slice(), colToRow: colToRow.slice(0, n) }),
  };
}

/** What assembly/bid.ts does, for engines without SIMD. Of equal columns it may take another one. */
function plainBid(
  tables: {
    cost: Float32Array;
    prices: Float32Array;
    rowToCol: Int32Array;
    colToRow: Int32Array;
    stack: Int32Array;
    n: number;
    stride: number;
  },
  epsilon: number,
  left: number,
): number {
  const { cost, prices, rowToCol, colToRow, stack, n, stride } = tables;
  rowToCol.fill(-1);
  colToRow.fill(-1);
  for (let i = 0; i < n; i++) stack[i] = n - 1 - i;
  let top = n;
  while (top > 0) {
    if (--left < 0) return -1;
    const row = stack[--top] as number;
    const at = row * stride;
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
    const old = prices[column] as number;
    prices[column] = old + (second - best) + epsilon;
    // Prices must rise, or two rows could bid against each other for ever; a float32 too small a step is no step.
    if ((prices[column] as number) <= old) prices[column] = old + Math.abs(old) * 2 ** -23 + 2 ** -149;
    const loser = colToRow[column] as number;
    if (loser !== -1) {
      rowToCol[loser] = -1;
      stack[top++] = loser;
    }
    colToRow[column] = row;
    rowToCol[row] = column;
  }
  return left;
}
