import { check } from '@immiscible/core';
import { dotProducts } from './dot-products.js';
import { type Features, featurePair, type Rows } from './features.js';
import { squares } from './squares.js';

/** Options of {@link memorization}. */
export interface MemorizationOptions {
  /**
   * A distance from here on is no sign of copies, and costs nothing. In (0, 1].
   * @defaultValue 0.1, Kaggle's for Inception's features
   */
  readonly threshold?: number;
}

/** What {@link memorization} finds. */
export interface Memorization {
  /** Mean cosine distance of generated vectors from their nearest real one, in [0, 1]. */
  readonly distance: number;
  /** What a Fréchet distance is divided by for MiFID: `distance` if it is below the threshold, else 1. */
  readonly penalty: number;
}

/**
 * How close generated vectors are to real ones, for the memorization-informed FID: `MiFID = FID / (penalty + 10⁻¹⁴)`.
 *
 * `distance = mean over g of min over x of (1 − |cos(g, x)|)`
 *
 * @param real - `[N,D]`, the training set's; vectors of zeros are left out; borrowed
 * @param generated - `[M,D]`, likewise; borrowed
 * @throws RangeError if a set is nothing but zeros, or features aren't finite
 * @see Bai et al. 2021, "On training sample memorization", §3 (arXiv:2106.03062): the metric of Kaggle's Generative Dog
 *   Images contest of 2019
 */
export function memorization(
  real: Features,
  generated: Features,
  options: MemorizationOptions = {},
): Memorization {
  const fn = 'memorization';
  const { threshold = 0.1 } = options;
  check(threshold > 0 && threshold <= 1, fn, 'threshold', 'in (0, 1]', threshold);
  const [x, g] = featurePair(fn, real, generated, 1).map(directions) as [Rows, Rows];
  check(x.n > 0, fn, 'real', 'vectors that are not zero', 'none');
  check(g.n > 0, fn, 'generated', 'vectors that are not zero', 'none');
  let sum = 0;
  dotProducts(fn, g, x, (_, count, cosines) => {
    for (let i = 0; i < count; i++) {
      let nearest = 0;
      for (let j = 0; j < x.n; j++) nearest = Math.max(nearest, Math.abs(cosines[i * x.n + j] as number));
      sum += Math.max(0, 1 - nearest);
    }
  });
  const distance = sum / g.n;
  return { distance, penalty: distance < threshold ? distance : 1 };
}

/** Each row divided by its length; zeros left out. */
function directions(rows: Rows): Rows {
  const { d, data } = rows;
  const kept: { at: number; length: number }[] = [];
  squares(rows).forEach((square, at) => {
    if (square > 0) kept.push({ at, length: Math.sqrt(square) });
  });
  const out = new Float64Array(kept.length * d);
  kept.forEach(({ at, length }, i) => {
    for (let j = 0; j < d; j++) out[i * d + j] = (data[at * d + j] as number) / length;
  });
  return { n: kept.length, d, data: out };
}
