import { checkOptions, type OptionKeys, roundToHalf } from '@immiscible/core';
import ndarray, { type NdArray } from 'ndarray';
import { condition, type Conditioned } from './conditioned.js';
import { inSingle, pairSums } from './pair-sums.js';
import { averagePool } from './pooled.js';
import { type Points, type Rows, rowsOf } from './rows.js';

/** `squaredL2`: Σ(x−y)²; `l2`: its root; `l1`: Σ|x−y|; `cosine`: 1 − x·y / (‖x‖·‖y‖), 1 where a row is 0. */
export type Metric = 'squaredL2' | 'l2' | 'l1' | 'cosine';

/** Options of {@link pairwiseDistance}. */
export interface PairwiseDistanceOptions {
  /** @defaultValue 'squaredL2' */
  readonly metric?: Metric;
  /**
   * `float16`: rows and distances are rounded to IEEE half, as the papers' quantized cost has them. Distances from 65520 on
   * become Infinity: scale the rows down first.
   * @defaultValue none
   */
  readonly rounding?: 'float16';
  /**
   * `pool2`, `pool4`: distances between images averaged over 2 × 2 or 4 × 4 pixels, for `[n,H,W,C]`: 4 or 16 times less work.
   * @defaultValue the numbers as they are
   */
  readonly features?: 'pool2' | 'pool4';
  /** What the distances are stored as; `float32` takes half the memory. @defaultValue 'float64' */
  readonly dtype?: 'float64' | 'float32';
}

const METRICS: readonly string[] = ['squaredL2', 'l2', 'l1', 'cosine'];
/** Largest float32. */
const FLOAT32_MAX = (2 - 2 ** -23) * 2 ** 127;

/**
 * Distances between all rows of `x` and all rows of `y`; Euclidean ones by `‖x‖² + ‖y‖² − 2x·y` of rows near the origin: where they are far
 * from it beside their distances, they are centered first. Products of float32 rows are added up in runs of float32 (SIMD), all else in float64.
 * Whatever that could have rounded by more than the following is computed again in float64, from the differences.
 *
 * So each distance is true to a share of itself of at most `(size/2 + 7)·2^−24` for float32 rows of up to 512 numbers, `2^−16` for longer
 * ones (a hundredth of that is usual), and some 1e-13 for float64 rows: wherever the points lie. The optimum of the matrix is that of
 * the points to the same share; `assignPoints` proves it for the points, in float64.
 *
 * @param x - `[n, …]`, any strides; each row is flattened
 * @param y - `[m, …]` of the same row size
 * @returns `[n, m]`, never negative
 * @throws TypeError if `x` or `y` is no NdArray; RangeError for an unknown option, if the rows' sizes differ, they aren't `[n,H,W,C]` where
 *   `features` wants that, or a distance is beyond float32 where that is to be returned
 */
export function pairwiseDistance(
  x: Points,
  y: Points,
  options: PairwiseDistanceOptions & { readonly dtype: 'float32' },
): NdArray<Float32Array>;
export function pairwiseDistance(
  x: Points,
  y: Points,
  options?: PairwiseDistanceOptions & { readonly dtype?: 'float64' },
): NdArray<Float64Array>;
export function pairwiseDistance(
  x: Points,
  y: Points,
  options: PairwiseDistanceOptions = {},
): NdArray<Float64Array> | NdArray<Float32Array> {
  const fn = 'pairwiseDistance';
  checkOptions(fn, options, {
    metric: true,
    rounding: true,
    features: true,
    dtype: true,
  } satisfies OptionKeys<PairwiseDistanceOptions>);
  const { metric = 'squaredL2', rounding, features, dtype = 'float64' } = options;
  oneOf(fn, 'metric', metric, METRICS);
  oneOf(fn, 'rounding', rounding, [undefined, 'float16']);
  oneOf(fn, 'features', features, [undefined, 'pool2', 'pool4']);
  oneOf(fn, 'dtype', dtype, ['float64', 'float32']);
  let single = true;
  const take = (name: string, points: Points): Rows => {
    const whole = rowsOf(fn, name, points);
    single &&= whole.data instanceof Float32Array;
    const rows = features ? averagePool(fn, name, whole, points.shape, features === 'pool2' ? 2 : 4) : whole;
    return rounding ? { ...rows, data: rows.data.map(roundToHalf) } : rows;
  };
  const a = take('x', x);
  const b = take('y', y);
  if (a.count > 0 && b.count > 0 && a.size !== b.size) {
    throw new RangeError(`${fn}: y must have rows of ${a.size} numbers like x, got ${b.size}`);
  }
  const shape = [a.count, b.count];
  const out = dtype === 'float32' ? new Float32Array(a.count * b.count) : new Float64Array(a.count * b.count);
  const near =
    metric === 'l1'
      ? void absolute(a, b, single, out)
      : distances(a, b, metric, single && inSingle(a, b), out);
  if (rounding) for (let k = 0; k < out.length; k++) out[k] = roundToHalf(out[k] as number);
  else checkRange(fn, near, a, b, out);
  return ndarray(out, shape) as NdArray<Float64Array> | NdArray<Float32Array>;
}

/**
 * All distances but `l1`, into `out`.
 *
 * @param single - products in float32
 * @returns what they were computed from, with the largest relative error of a squared one
 */
export function distances(
  a: Rows,
  b: Rows,
  metric: 'squaredL2' | 'l2' | 'cosine',
  single: boolean,
  out: Float32Array | Float64Array,
): Conditioned {
  const near = condition(a, b, single, metric !== 'cosine');
  const m = b.count;
  pairSums('products', near.x, near.y, single, (first, count, sums, stride) => {
    for (let r = 0; r < count; r++) {
      const from = sums.subarray(r * stride, r * stride + m);
      const to = out.subarray((first + r) * m, (first + r + 1) * m);
      if (metric === 'cosine') angles(near, a, b, first + r, from, to);
      else lengths(near, first + r, from, to, metric === 'l2');
    }
  });
  return near;
}

/** Euclidean distances of one row from its inner products; `to` may be of either kind. */
function lengths(
  near: Conditioned,
  i: number,
  products: Float64Array,
  to: Float64Array | Float32Array,
  root: boolean,
): void {
  const { ySquares, yNorms, least, factor } = near;
  const square = near.xSquares[i] as number;
  const norm = near.xNorms[i] as number;
  const back = 1 / factor;
  for (let j = 0; j < to.length; j++) {
    let squared = square + (ySquares[j] as number) - 2 * (products[j] as number);
    // Rounding could matter, or something isn't finite.
    if (!(squared >= norm * (yNorms[j] as number) && squared >= least)) squared = near.apart(i, j);
    to[j] = root ? Math.sqrt(squared) * back : squared * back * back;
  }
}

/** Cosine distances of one row. `1 − cos` cancels where the angle is small. */
function angles(
  near: Conditioned,
  a: Rows,
  b: Rows,
  i: number,
  products: Float64Array,
  to: Float64Array | Float32Array,
): void {
  const norm = near.xNorms[i] as number;
  for (let j = 0; j < to.length; j++) {
    const norms = norm * (near.yNorms[j] as number);
    const distance = 1 - (products[j] as number) / norms;
    to[j] = distance >= 0.5 && norms >= near.least ? distance : angle(a, b, i, j, near.factor);
  }
}

/** `1 − cos` as half the squared distance between the two directions; 1 where a row is 0. */
function angle(a: Rows, b: Rows, i: number, j: number, factor: number): number {
  const { size } = a;
  const x = a.data.subarray(i * size, (i + 1) * size);
  const y = b.data.subarray(j * size, (j + 1) * size);
  const lengthOf = (row: Float32Array | Float64Array) => {
    let sum = 0;
    for (let d = 0; d < size; d++) sum += (factor * (row[d] as number)) ** 2;
    return Math.sqrt(sum);
  };
  const [p, q] = [lengthOf(x), lengthOf(y)];
  if (p === 0 || q === 0) return 1;
  let sum = 0;
  for (let d = 0; d < size; d++)
    sum += ((factor * (x[d] as number)) / p - (factor * (y[d] as number)) / q) ** 2;
  return sum / 2;
}

/** `l1` distances: sums of numbers of one sign, so nothing cancels. */
function absolute(a: Rows, b: Rows, single: boolean, out: Float32Array | Float64Array): void {
  const m = b.count;
  const simd = single && a.data instanceof Float32Array && b.data instanceof Float32Array && inSingle(a, b);
  pairSums('differences', a, b, simd, (first, count, sums, stride) => {
    for (let r = 0; r < count; r++) {
      for (let j = 0, k = r * stride, o = (first + r) * m; j < m; j++, k++, o++) {
        const sum = sums[k] as number;
        // Beyond float32, or not finite as given.
        out[o] = simd && !(sum < Infinity) ? sumOfDifferences(a, b, first + r, j) : sum;
      }
    }
  });
}

function sumOfDifferences(a: Rows, b: Rows, i: number, j: number): number {
  let sum = 0;
  for (let p = i * a.size, q = j * a.size, to = p + a.size; p < to; p++, q++) {
    sum += Math.abs((a.data[p] as number) - (b.data[q] as number));
  }
  return sum;
}

/** Refuses infinities that only the number's range has made: they would forbid pairs. */
export function checkRange(
  fn: string,
  near: Conditioned | undefined,
  a: Rows,
  b: Rows,
  out: Float32Array | Float64Array,
): void {
  const largest = out instanceof Float32Array ? FLOAT32_MAX : Number.MAX_VALUE;
  if (near) {
    // What no distance, and no square of one, exceeds.
    const most = (norms: Float64Array) => norms.reduce((p, q) => Math.max(p, q), 0);
    const length = (1.01 * (most(near.xNorms) + most(near.yNorms))) / near.factor;
    if (Math.max(4, length, length ** 2) <= largest) return;
  }
  const at = out.indexOf(Infinity);
  if (at < 0) return;
  const [i, j] = [Math.floor(at / b.count), at % b.count];
  const finite = ({ data, size }: Rows, row: number) =>
    data.subarray(row * size, (row + 1) * size).every(Number.isFinite);
  if (!(finite(a, i) && finite(b, j))) return;
  const wider =
    out instanceof Float32Array ? '; take dtype "float64" or scale them down' : '; scale them down';
  throw new RangeError(
    `${fn}: distances must be at most ${largest.toPrecision(3)}, got more between row ${i} of x and row ${j} of y${wider}`,
  );
}

function oneOf(fn: string, name: string, value: unknown, allowed: readonly unknown[]): void {
  if (allowed.includes(value)) return;
  const names = allowed.filter((v) => v !== undefined).map((v) => `"${String(v)}"`);
  throw new RangeError(`${fn}: ${name} must be ${names.join(' or ')}, got "${String(value)}"`);
}
