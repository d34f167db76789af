import { check, checkInteger, checkNdArray } from '@immiscible/core';
import type { NdArray } from 'ndarray';
import { joinMeans, joinRows, type Sums } from './scatter.js';

/** Mean and covariance of a set of feature vectors. Plain data: `JSON.stringify` after {@link statisticsToJson}. */
export interface Statistics {
  /** Number of vectors, at least 2. */
  readonly n: number;
  /** Length of a vector, D. */
  readonly dimensions: number;
  /** float64 `[D]`. */
  readonly mean: Float64Array;
  /** Unbiased (divided by n − 1, as `numpy.cov` does), float64 `[D,D]`, row-major, symmetric. */
  readonly covariance: Float64Array;
}

/** Rows that are summed at once. The same for all, so that a result doesn't depend on how the rows came in. */
const BLOCK = 64;

/**
 * Mean and covariance of features that come in pieces; nothing of them is kept but the sums (and less than 64 rows).
 *
 * The rows are gathered into blocks of 64. Each block is centered at its own mean, and joins the rest by
 * `S ← S + S_block + δδᵀ·n·m/(n + m)`, `δ = mean_block − mean`: no difference of large sums is ever taken, so a mean
 * that is 10⁸ times the spread costs no more digits than it must. The same rows in the same order give the same bits,
 * however they are split into updates.
 *
 * @see Chan, Golub & LeVeque 1983, "Algorithms for Computing the Sample Variance", Eq. 1.5
 */
export class StreamingStatistics {
  readonly dimensions: number;
  readonly #sums: Sums;
  readonly #block: Float64Array;
  /** Rows that wait in the block. */
  #waiting = 0;

  constructor(dimensions: number) {
    checkInteger('statistics', 'dimensions', dimensions, 1);
    this.dimensions = dimensions;
    this.#sums = {
      n: 0,
      mean: new Float64Array(dimensions),
      scatter: new Float64Array(dimensions * dimensions),
    };
    this.#block = new Float64Array(BLOCK * dimensions);
  }

  /** Number of vectors so far. */
  get n(): number {
    return this.#sums.n + this.#waiting;
  }

  /**
   * Adds vectors.
   *
   * @param features - `[N,D]`, any strides, N may be 0; borrowed
   * @returns itself
   * @throws TypeError if they are no `NdArray`
   * @throws RangeError if the shape isn't `[N,D]`, or a feature is NaN or infinite (nothing is added then)
   */
  update(features: NdArray<Float32Array> | NdArray<Float64Array>): this {
    const fn = 'StreamingStatistics.update';
    const d = this.dimensions;
    checkNdArray(fn, 'features', features);
    const [rows = 0, columns] = features.shape;
    check(features.shape.length === 2 && columns === d, fn, 'features', `of shape [N,${d}]`, features);
    const { data, offset } = features;
    const [down, right] = features.stride as [number, number];
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < d; j++) {
        const value = data[offset + i * down + j * right] as number;
        if (!Number.isFinite(value)) check(false, fn, `features[${i},${j}]`, 'finite', value);
      }
    }
    for (let i = 0; i < rows; i++) {
      const base = offset + i * down;
      const row = this.#waiting * d;
      for (let j = 0; j < d; j++) this.#block[row + j] = data[base + j * right] as number;
      if (++this.#waiting === BLOCK) this.#flush();
    }
    return this;
  }

  /**
   * Adds the vectors that another one has seen, as if they had been given to this one (up to rounding). The other one
   * stays as it is.
   *
   * @returns itself
   * @throws RangeError if the dimensions differ
   */
  merge(other: StreamingStatistics): this {
    const fn = 'StreamingStatistics.merge';
    check(
      other.dimensions === this.dimensions,
      fn,
      'other.dimensions',
      `${this.dimensions}`,
      other.dimensions,
    );
    this.#flush();
    const { mean, scatter } = this.#sums;
    if (other.#sums.n > 0) {
      joinMeans(this.#sums, other.#sums.n, other.#sums.mean);
      for (let i = 0; i < scatter.length; i++)
        scatter[i] = (scatter[i] as number) + (other.#sums.scatter[i] as number);
    }
    if (other.#waiting > 0) joinRows(this.#sums, other.#block.slice(0, other.#waiting * mean.length));
    return this;
  }

  /**
   * The statistics so far. More vectors may follow.
   *
   * @throws RangeError with fewer than 2 vectors
   */
  finish(): Statistics {
    const d = this.dimensions;
    check(
      this.n >= 2,
      'StreamingStatistics.finish',
      'the number of vectors',
      'at least 2 for a covariance',
      this.n,
    );
    const { n, mean, scatter } = new StreamingStatistics(d).merge(this).#sums;
    for (let i = 0; i < d; i++) {
      for (let j = i; j < d; j++) {
        scatter[j * d + i] = scatter[i * d + j] = (scatter[i * d + j] as number) / (n - 1);
      }
    }
    return { n, dimensions: d, mean, covariance: scatter };
  }

  #flush(): void {
    if (this.#waiting > 0) joinRows(this.#sums, this.#block.subarray(0, this.#waiting * this.dimensions));
    this.#waiting = 0;
  }
}

/**
 * Starts an empty {@link StreamingStatistics} of vectors of length `dimensions`.
 *
 * @param dimensions - D, at least 1
 */
export function statistics(dimensions: number): StreamingStatistics {
  return new StreamingStatistics(dimensions);
}
