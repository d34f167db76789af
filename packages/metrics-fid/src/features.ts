import { check, checkNdArray } from '@immiscible/core';
import type { NdArray } from 'ndarray';

/** Features on the host, `[N,D]`, any strides. */
export type Features = NdArray<Float32Array> | NdArray<Float64Array>;

/** The same as float64, row after row. */
export interface Rows {
  readonly n: number;
  readonly d: number;
  readonly data: Float64Array;
}

/**
 * A copy of features in float64, row-major.
 *
 * @throws TypeError if they are no `NdArray`
 * @throws RangeError if they aren't `[N,D]` with N ≥ `least`, D ≥ 1, or one isn't finite
 */
export function featureRows(fn: string, name: string, features: Features, least: number): Rows {
  checkNdArray(fn, name, features);
  const [n = 0, d = 0] = features.shape;
  check(
    features.shape.length === 2 && n >= least && d >= 1,
    fn,
    name,
    `of shape [N,D] with N ≥ ${least}`,
    features,
  );
  const { data: from, offset } = features;
  const [down, right] = features.stride as [number, number];
  const data = new Float64Array(n * d);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < d; j++) {
      const value = from[offset + i * down + j * right] as number;
      if (!Number.isFinite(value)) check(false, fn, `${name}[${i},${j}]`, 'finite', value);
      data[i * d + j] = value;
    }
  }
  return { n, d, data };
}

/** The rows of these indices. */
export function takeRows({ d, data }: Rows, indices: Int32Array): Rows {
  const taken = new Float64Array(indices.length * d);
  indices.forEach((row, i) => taken.set(data.subarray(row * d, (row + 1) * d), i * d));
  return { n: indices.length, d, data: taken };
}

/** Two sets from one extractor. */
export function featurePair(fn: string, a: Features, b: Features, least: number): [Rows, Rows] {
  const pair = [featureRows(fn, 'real', a, least), featureRows(fn, 'generated', b, least)] as [Rows, Rows];
  check(pair[1].d === pair[0].d, fn, 'generated', `of ${pair[0].d} features as real`, pair[1].d);
  return pair;
}

/** Two sets less a vector that both are near to. */
export interface CenteredPair {
  readonly a: Rows;
  readonly b: Rows;
  /** float64 `[D]`: what was taken off. */
  readonly center: Float64Array;
}

/**
 * Moves two sets to their mean, in place: what depends on differences only stays the same, and what is made of squares
 * and products no longer loses its digits to how far from 0 the features lie. The mean is rounded to float32, so that
 * taking it off float32 features is exact.
 *
 * @throws RangeError if squares of the moved features are beyond float64
 */
export function centerPair(fn: string, [a, b]: readonly [Rows, Rows]): CenteredPair {
  const { d } = a;
  const center = new Float64Array(d);
  for (const { data } of [a, b]) {
    for (let at = 0; at < data.length; at += d) {
      for (let j = 0; j < d; j++) {
        center[j] = (center[j] as number) + (data[at + j] as number) / (a.n + b.n);
      }
    }
  }
  center.forEach((value, j) => {
    const single = Math.fround(value);
    if (Number.isFinite(single)) center[j] = single;
  });
  for (const [name, { data }] of [['real', a] as const, ['generated', b] as const]) {
    let largest = 0;
    for (let at = 0; at < data.length; at += d) {
      for (let j = 0; j < d; j++) {
        const moved = (data[at + j] as number) - (center[j] as number);
        data[at + j] = moved;
        largest = Math.max(largest, Math.abs(moved));
      }
    }
    const constraint = 'of features small enough that squares are finite';
    if (!(4 * d * largest * largest < Infinity)) check(false, fn, name, constraint, largest);
  }
  return { a, b, center };
}
