import { NORM_DEPTH, type Rows, squaredNorms } from './rows.js';

/**
 * Two sets of rows made ready for `‖x − y‖² = ‖x‖² + ‖y‖² − 2x·y`, which cancels where points lie far from the origin beside their
 * distances: near the origin, of moderate size, and with bounds on what rounding does.
 *
 * Rounding of a product is at most `product · ‖x‖‖y‖`, whatever the numbers are (Higham 2002, §3.1). So a distance with `‖x − y‖² ≥ ‖x‖‖y‖` is
 * known to {@link Conditioned.error}; any other is to be computed anew by {@link Conditioned.apart}.
 */
export interface Conditioned {
  /** `(x − c)·factor`, in float32 if products are. */
  readonly x: Rows;
  readonly y: Rows;
  /** ‖row‖ of these, float64, and its square. */
  readonly xNorms: Float64Array;
  readonly yNorms: Float64Array;
  readonly xSquares: Float64Array;
  readonly ySquares: Float64Array;
  /** A power of two: neither squares overflow nor products vanish. */
  readonly factor: number;
  /** Relative rounding that moving the rows has brought; 0 where they are as given. */
  readonly moved: number;
  /** Largest error of a product as a share of ‖x‖‖y‖. */
  readonly product: number;
  /** Products of norms below this are too small for the arithmetic. */
  readonly least: number;
  /** Largest relative error of a squared distance with `‖x − y‖² ≥ max(‖x‖‖y‖, least)`. */
  readonly error: number;
  /** Largest relative error of {@link Conditioned.apart}. */
  readonly apartError: number;
  /** `factor²·‖x[i] − y[j]‖²` of the rows as given, from their differences in float64. */
  apart(i: number, j: number): number;
}

/** Units of rounding. */
const SINGLE = 2 ** -24;
const DOUBLE = 2 ** -53;
/** Numbers of a row that the kernels multiply and add up in one precision: the depth of assembly/products.ts and pair-sums.ts. */
const DEPTH = 512;
/** Squared norms between which rows are left as large as they are. */
const SMALL = 2 ** -40;
const LARGE = 2 ** 80;
/** Rows of each set that are looked at to choose the center. */
const LOOKED_AT = 9;

/**
 * @param single - products are to be taken in float32
 * @param movable - whether differences alone matter, so that rows may be centered
 */
export function condition(a: Rows, b: Rows, single: boolean, movable: boolean): Conditioned {
  const size = Math.max(a.size, b.size);
  let xSquares = squaredNorms(a);
  let ySquares = squaredNorms(b);
  const largest = Math.max(mostOf(xSquares), mostOf(ySquares));
  const factor = largest >= SMALL && largest <= LARGE ? 1 : factorFor(a, b);
  const center = movable && a.count > 0 && b.count > 0 && size > 0 ? centerFor(a, b, factor) : undefined;
  const move = (rows: Rows): Rows => {
    if (factor === 1 && !center && (!single || rows.data instanceof Float32Array)) return rows;
    const data = single ? new Float32Array(rows.data.length) : new Float64Array(rows.data.length);
    for (let k = 0, d = 0; k < data.length; k++) {
      data[k] = factor * (rows.data[k] as number) - (center ? (center[d] as number) : 0);
      if (++d === size) d = 0;
    }
    return { ...rows, data };
  };
  const x = move(a);
  const y = move(b);
  if (x !== a) xSquares = squaredNorms(x);
  if (y !== b) ySquares = squaredNorms(y);
  const unit = single ? SINGLE : DOUBLE;
  const moved = x === a && y === b ? 0 : unit;
  // One rounding a multiplication and one an addition; a margin for the sums of blocks and for terms of second order.
  const terms = single ? Math.ceil(Math.min(size, DEPTH) / 4) + 1 : Math.min(size, DEPTH) + 1;
  const blocks = Math.ceil(size / DEPTH) + 4;
  const product = 1.01 * (terms * unit + blocks * DOUBLE);
  const norm = (Math.min(size, NORM_DEPTH) + blocks) * DOUBLE;
  return {
    x,
    y,
    xSquares,
    ySquares,
    xNorms: xSquares.map(Math.sqrt),
    yNorms: ySquares.map(Math.sqrt),
    factor,
    moved,
    product,
    least: size * (single ? 2 ** -120 : 2 ** -1000),
    // Where ‖x − y‖² ≥ ‖x‖‖y‖: ‖x‖² + ‖y‖² ≤ 3‖x − y‖² and ‖x‖ + ‖y‖ ≤ √5·‖x − y‖.
    error: 1.01 * (2 * product + 3 * norm + 5 * moved),
    apartError: 1.01 * norm,
    apart: (i, j) => differences(a, b, size, i, j, factor),
  };
}

/** Σ (x − y)² in float64: no cancellation, as each difference is rounded once. */
function differences(a: Rows, b: Rows, size: number, i: number, j: number, factor: number): number {
  let total = 0;
  const to = i * size + size;
  for (let p = i * size, q = j * size; p < to;) {
    let sum = 0;
    for (const end = Math.min(to, p + DEPTH); p < end; p++, q++) {
      sum += (factor * (a.data[p] as number) - factor * (b.data[q] as number)) ** 2;
    }
    total += sum;
  }
  return total;
}

function mostOf(values: Float64Array): number {
  let most = 0;
  for (const value of values) if (!(value <= most)) most = value; // NaN stays
  return most;
}

/** The power of two that takes the largest finite magnitude to between 1 and 2. */
function factorFor(a: Rows, b: Rows): number {
  let most = 0;
  for (const { data } of [a, b]) {
    for (let k = 0; k < data.length; k++) {
      const size = Math.abs(data[k] as number);
      if (size > most && size < Infinity) most = size;
    }
  }
  return most === 0 ? 1 : 2 ** -Math.max(-1000, Math.min(1000, Math.floor(Math.log2(most))));
}

/**
 * A point among the rows, the medians of five of them, if norms are much smaller as seen from there; times `factor`. Images and noise stay where
 * they are.
 */
function centerFor(a: Rows, b: Rows, factor: number): Float64Array | undefined {
  const { size } = a;
  const at = ({ count }: Rows, share: number) => Math.floor(share * (count - 1)) * size;
  const places = [at(b, 0), at(b, 0.5), at(b, 1)];
  const others = [at(a, 0.25), at(a, 0.75)];
  const center = new Float64Array(size);
  const five = new Float64Array(5);
  for (let d = 0; d < size; d++) {
    for (let k = 0; k < 3; k++) five[k] = b.data[(places[k] as number) + d] as number;
    for (let k = 0; k < 2; k++) five[3 + k] = a.data[(others[k] as number) + d] as number;
    center[d] = factor * medianOf(five);
  }
  const norms = (rows: Rows, from: Float64Array | undefined) => {
    const found = new Float64Array(Math.min(rows.count, LOOKED_AT));
    for (let s = 0; s < found.length; s++) {
      const row = at(rows, found.length === 1 ? 0 : s / (found.length - 1));
      let sum = 0;
      for (let d = 0; d < size; d++) {
        sum += (factor * (rows.data[row + d] as number) - (from ? (from[d] as number) : 0)) ** 2;
      }
      found[s] = sum;
    }
    return medianOf(found);
  };
  const [before, after] = [undefined, center].map((from) => norms(a, from) * norms(b, from));
  return (after as number) < (before as number) / 2 ? center : undefined;
}

/** The middle one; the values are sorted in place. */
function medianOf(values: Float64Array): number {
  for (let k = 1; k < values.length; k++) {
    const value = values[k] as number;
    let to = k;
    for (; to > 0 && (values[to - 1] as number) > value; to--) values[to] = values[to - 1] as number;
    values[to] = value;
  }
  return values[values.length >> 1] as number;
}
