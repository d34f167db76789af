import { check, checkInteger, checkOptions, checkRng, type OptionKeys, type Rng } from '@immiscible/core';
import ndarray from 'ndarray';
import { randomSubset } from './random-subset.js';
import { type Features, featureRows, takeRows } from './features.js';
import { frechetDistance, type Gaussian } from './frechet-distance.js';
import { statistics } from './statistics.js';

/** Options of {@link frechetInfinity}. */
export interface FrechetInfinityOptions {
  /** Draws the subsets. */
  readonly rng: Rng;
  /**
   * Numbers of vectors to take the distance at, spread evenly.
   * @defaultValue 15
   */
  readonly points?: number;
  /**
   * The smallest of them; the largest is all there are.
   * @defaultValue 5000, as in the paper
   */
  readonly smallest?: number;
}

/** What {@link frechetInfinity} finds. */
export interface FrechetInfinity {
  /** The distance at 1/n = 0. */
  readonly value: number;
  /** How it grows with 1/n. */
  readonly slope: number;
  /** What the line was laid through. */
  readonly points: readonly { readonly n: number; readonly value: number }[];
}

/**
 * Fréchet distance extrapolated to infinitely many generated images: distances at several n, and the line through them
 * against 1/n. (FID∞, when the features are Inception's.)
 *
 * @param reference - statistics of the real set; borrowed
 * @param generated - `[N,D]`; borrowed
 * @param options - randomness, and the numbers of vectors
 * @throws RangeError if there are not more than `smallest` vectors, or features aren't finite
 * @see Chong & Forsyth 2020, "Effectively Unbiased FID and Inception Score", §3 (arXiv:1911.07023)
 */
export function frechetInfinity(
  reference: Gaussian,
  generated: Features,
  options: FrechetInfinityOptions,
): FrechetInfinity {
  const fn = 'frechetInfinity';
  checkOptions(fn, options, {
    ...{ rng: true, points: true, smallest: true },
  } satisfies OptionKeys<FrechetInfinityOptions>);
  const { rng, points = 15, smallest = 5000 } = options;
  checkRng(fn, rng);
  checkInteger(fn, 'points', points, 2);
  checkInteger(fn, 'smallest', smallest, 2);
  const rows = featureRows(fn, 'generated', generated, 2);
  check(rows.n > smallest, fn, 'generated', `more than ${smallest} vectors`, rows.n, [
    'take more, or a lower ',
    { option: 'smallest' },
  ]);
  const found = Array.from({ length: points }, (_, i) => {
    const n = Math.round(smallest + (i * (rows.n - smallest)) / (points - 1));
    const part = takeRows(rows, randomSubset(rng, rows.n, n));
    const sums = statistics(rows.d).update(ndarray(part.data, [n, rows.d]));
    return { n, value: frechetDistance(reference, sums.finish()) };
  });
  const mean = (of: (point: { n: number; value: number }) => number) =>
    found.reduce((sum, point) => sum + of(point) / points, 0);
  const x = mean(({ n }) => 1 / n);
  const y = mean(({ value }) => value);
  const slope = mean(({ n, value }) => (1 / n - x) * (value - y)) / mean(({ n }) => (1 / n - x) ** 2);
  return { value: y - slope * x, slope, points: found };
}
