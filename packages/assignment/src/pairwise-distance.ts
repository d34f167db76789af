import ndarray, { type NdArray } from 'ndarray';
import { toHalf } from './half.js';
import { pairSums } from './pair-sums.js';
import { averagePool } from './pooled.js';
import { type Points, type Rows, rowsOf, squaredNorms } from './rows.js';

/** `squaredL2`: Σ(x−y)²; `l2`: its root; `l1`: Σ|x−y|; `cosine`: 1 − x·y / (‖x‖·‖y‖), 1 where a row is 0. */
export type Metric = 'squaredL2' | 'l2' | 'l1' | 'cosine';

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

/**
 * Distances between all rows of `x` and all rows of `y`; of Euclidean ones by `‖x‖² + ‖y‖² − 2x·y`. Norms are added up in float64;
 * the products of float32 rows in runs of float32 (SIMD), exact to about 1e-6 of `‖x‖·‖y‖`, of float64 rows in float64.
 *
 * @param x - `[n, …]`, contiguous; each row is flattened
 * @param y - `[m, …]` of the same row size
 * @returns `[n, m]`, never negative
 * @throws RangeError if the rows' sizes differ, an array isn't contiguous or isn't `[n,H,W,C]` where `features` wants that
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
  const { metric = 'squaredL2', rounding, features, dtype = 'float64' } = options;
  oneOf(fn, 'metric', metric, METRICS);
  oneOf(fn, 'rounding', rounding, [undefined, 'float16']);
  oneOf(fn, 'features', features, [undefined, 'pool2', 'pool4']);
  oneOf(fn, 'dtype', dtype, ['float64', 'float32']);
  const take = (name: string, points: Points): Rows => {
    const whole = rowsOf(fn, name, points);
    const factor = features === 'pool2' ? 2 : 4;
    const rows = features ? rowsOf(fn, name, averagePool(fn, name, points, factor)) : whole;
    return rounding ? { ...rows, data: rows.data.map(toHalf) } : rows;
  };
  const a = take('x', x);
  const b = take('y', y);
  if (a.count > 0 && b.count > 0 && a.size !== b.size) {
    throw new RangeError(`${fn}: y must have rows of ${a.size} numbers like x, got ${b.size}`);
  }
  const m = b.count;
  const out = dtype === 'float32' ? new Float32Array(a.count * m) : new Float64Array(a.count * m);
  const xNorms = metric === 'l1' ? undefined : squaredNorms(a);
  const yNorms = metric === 'l1' ? undefined : squaredNorms(b);
  pairSums(metric === 'l1' ? 'differences' : 'products', a, b, (first, count, sums, stride) => {
    for (let r = 0; r < count; r++) {
      const from = sums.subarray(r * stride, r * stride + m);
      const to = out.subarray((first + r) * m, (first + r + 1) * m);
      if (xNorms && yNorms) finish(metric, from, xNorms[first + r] as number, yNorms, to);
      else to.set(from);
    }
  });
  if (rounding) for (let k = 0; k < out.length; k++) out[k] = toHalf(out[k] as number);
  return ndarray(out, [a.count, m]) as NdArray<Float64Array> | NdArray<Float32Array>;
}

/** Distances from inner products; `to` may be of either kind, so there is one loop a metric. */
function finish(
  metric: Metric,
  products: Float64Array,
  xNorm: number,
  yNorms: Float64Array,
  to: Float64Array | Float32Array,
): void {
  if (metric === 'cosine') {
    for (let j = 0; j < to.length; j++) {
      const norms = Math.sqrt(xNorm * (yNorms[j] as number));
      const distance = norms > 0 ? 1 - (products[j] as number) / norms : norms === 0 ? 1 : NaN;
      to[j] = distance < 0 ? 0 : distance;
    }
  } else if (metric === 'l2') {
    for (let j = 0; j < to.length; j++) {
      const squared = xNorm + (yNorms[j] as number) - 2 * (products[j] as number);
      // Rounding can take the distance of equal rows below 0, where the root would be NaN. NaN itself passes through.
      to[j] = Math.sqrt(squared < 0 ? 0 : squared);
    }
  } else {
    for (let j = 0; j < to.length; j++) {
      const squared = xNorm + (yNorms[j] as number) - 2 * (products[j] as number);
      to[j] = squared < 0 ? 0 : squared;
    }
  }
}

function oneOf(fn: string, name: string, value: unknown, allowed: readonly unknown[]): void {
  if (allowed.includes(value)) return;
  const names = allowed.filter((v) => v !== undefined).map((v) => `"${String(v)}"`);
  throw new RangeError(`${fn}: ${name} must be ${names.join(' or ')}, got "${String(value)}"`);
}
