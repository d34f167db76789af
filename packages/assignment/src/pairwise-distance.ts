import ndarray, { type NdArray } from 'ndarray';

export interface PairwiseDistanceOptions {
  /** `squaredL2`: Σ(x−y)²; `l2`: its root. @defaultValue 'squaredL2' */
  readonly metric?: 'squaredL2' | 'l2';
}

/**
 * Distances between all rows of `x` and all rows of `y`, by `‖x‖² + ‖y‖² − 2x·y` (sums in float64).
 *
 * @param x - `[n, …]`, contiguous; each row is flattened
 * @param y - `[m, …]` of the same row size
 * @returns float64 `[n, m]`, never negative
 * @throws RangeError if the rows' sizes differ or an array isn't contiguous
 */
export function pairwiseDistance(
  x: NdArray<Float32Array> | NdArray<Float64Array>,
  y: NdArray<Float32Array> | NdArray<Float64Array>,
  options: PairwiseDistanceOptions = {},
): NdArray<Float64Array> {
  const { metric = 'squaredL2' } = options;
  if (metric !== 'squaredL2' && metric !== 'l2') {
    throw new RangeError(`pairwiseDistance: metric must be "squaredL2" or "l2", got "${String(metric)}"`);
  }
  const a = rowsOf('x', x);
  const b = rowsOf('y', y);
  if (a.count > 0 && b.count > 0 && a.size !== b.size) {
    throw new RangeError(`pairwiseDistance: y must have rows of ${a.size} numbers like x, got ${b.size}`);
  }
  const distances = products(a, b);
  const xNorms = squaredNorms(a);
  const yNorms = squaredNorms(b);
  for (let i = 0, k = 0; i < a.count; i++) {
    const xNorm = xNorms[i] as number;
    for (let j = 0; j < b.count; j++, k++) {
      // Rounding can take the distance of equal rows below 0, where the root would be NaN. NaN itself passes through.
      const squared = xNorm + (yNorms[j] as number) - 2 * (distances[k] as number);
      const clipped = squared < 0 ? 0 : squared;
      distances[k] = metric === 'l2' ? Math.sqrt(clipped) : clipped;
    }
  }
  return ndarray(distances, [a.count, b.count]);
}

interface Rows {
  readonly data: Float32Array | Float64Array;
  readonly count: number;
  readonly size: number;
}

function rowsOf(name: string, array: NdArray<Float32Array> | NdArray<Float64Array>): Rows {
  const { shape, stride, offset, data } = array;
  let expected = 1;
  for (let d = shape.length - 1; d >= 0; d--) {
    if (shape[d] !== 1 && stride[d] !== expected) {
      throw new RangeError(
        `pairwiseDistance: ${name} must be contiguous, got strides [${stride.join(',')}]; copy it first`,
      );
    }
    expected *= shape[d] as number;
  }
  const count = shape[0] ?? 1;
  return { data: data.subarray(offset, offset + expected), count, size: count === 0 ? 0 : expected / count };
}

function squaredNorms({ data, count, size }: Rows): Float64Array {
  const norms = new Float64Array(count);
  for (let i = 0, k = 0; i < count; i++) {
    let sum = 0;
    for (let d = 0; d < size; d++, k++) sum += (data[k] as number) ** 2;
    norms[i] = sum;
  }
  return norms;
}

/** How many numbers of a row are multiplied before the next block: two tiles of rows then stay in the first-level cache. */
const DEPTH = 512;

/** All inner products, float64 row-major: tiles of 4 × 4 so that each number that is read is used four times. */
function products(x: Rows, y: Rows): Float64Array {
  const out = new Float64Array(x.count * y.count);
  const n4 = x.count & ~3;
  const m4 = y.count & ~3;
  for (let from = 0; from < x.size; from += DEPTH) {
    const to = Math.min(x.size, from + DEPTH);
    for (let i = 0; i < n4; i += 4) {
      for (let j = 0; j < m4; j += 4) tile(x, y, i, j, from, to, out);
      for (let j = m4; j < y.count; j++) for (let r = i; r < i + 4; r++) single(x, y, r, j, from, to, out);
    }
    for (let i = n4; i < x.count; i++) for (let j = 0; j < y.count; j++) single(x, y, i, j, from, to, out);
  }
  return out;
}

function single(x: Rows, y: Rows, i: number, j: number, from: number, to: number, out: Float64Array): void {
  let sum = 0;
  for (let d = from; d < to; d++)
    sum += (x.data[i * x.size + d] as number) * (y.data[j * y.size + d] as number);
  out[i * y.count + j] = (out[i * y.count + j] as number) + sum;
}

function tile(x: Rows, y: Rows, i: number, j: number, from: number, to: number, out: Float64Array): void {
  const size = x.size;
  const a = x.data;
  const b = y.data;
  const a0 = i * size;
  const b0 = j * size;
  let s00 = 0,
    s01 = 0,
    s02 = 0,
    s03 = 0,
    s10 = 0,
    s11 = 0,
    s12 = 0,
    s13 = 0;
  let s20 = 0,
    s21 = 0,
    s22 = 0,
    s23 = 0,
    s30 = 0,
    s31 = 0,
    s32 = 0,
    s33 = 0;
  for (let d = from; d < to; d++) {
    const x0 = a[a0 + d] as number;
    const x1 = a[a0 + size + d] as number;
    const x2 = a[a0 + 2 * size + d] as number;
    const x3 = a[a0 + 3 * size + d] as number;
    const y0 = b[b0 + d] as number;
    const y1 = b[b0 + size + d] as number;
    const y2 = b[b0 + 2 * size + d] as number;
    const y3 = b[b0 + 3 * size + d] as number;
    s00 += x0 * y0;
    s01 += x0 * y1;
    s02 += x0 * y2;
    s03 += x0 * y3;
    s10 += x1 * y0;
    s11 += x1 * y1;
    s12 += x1 * y2;
    s13 += x1 * y3;
    s20 += x2 * y0;
    s21 += x2 * y1;
    s22 += x2 * y2;
    s23 += x2 * y3;
    s30 += x3 * y0;
    s31 += x3 * y1;
    s32 += x3 * y2;
    s33 += x3 * y3;
  }
  const sums = [s00, s01, s02, s03, s10, s11, s12, s13, s20, s21, s22, s23, s30, s31, s32, s33];
  for (let k = 0; k < 16; k++) {
    const at = (i + (k >> 2)) * y.count + j + (k & 3);
    out[at] = (out[at] as number) + (sums[k] as number);
  }
}
