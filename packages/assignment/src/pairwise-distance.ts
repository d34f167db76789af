import ndarray, { type NdArray } from 'ndarray';
import { innerProducts, type Rows } from './inner-products.js';

export interface PairwiseDistanceOptions {
  /** `squaredL2`: Σ(x−y)²; `l2`: its root. @defaultValue 'squaredL2' */
  readonly metric?: 'squaredL2' | 'l2';
}

/**
 * Distances between all rows of `x` and all rows of `y`, by `‖x‖² + ‖y‖² − 2x·y`. Norms are added up in float64; the
 * products of float32 rows in runs of float32 (SIMD), exact to about 1e-6 of `‖x‖·‖y‖`, of float64 rows in float64.
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
  const distances = innerProducts(a, b);
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
