import { check, checkOptions, type OptionKeys } from '@immiscible/core';
import { dotProducts } from './dot-products.js';
import { type Features, featurePair, type Rows } from './features.js';

/** Options of {@link memorization}. */
export interface MemorizationOptions {
  /**
   * A distance from here on is no sign of copies, and costs nothing. In (0, 1].
   * @defaultValue 0.1, Kaggle's for Inception's features
   */
  readonly threshold?: number;
}

/** Below this cosine distance it is computed from differences. */
const CANCELLED = 2 ** -20;

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
 * @param options - what counts as a copy
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
  checkOptions(fn, options, { threshold: true } satisfies OptionKeys<MemorizationOptions>);
  const { threshold = 0.1 } = options;
  check(threshold > 0 && threshold <= 1, fn, 'threshold', 'in (0, 1]', threshold);
  const [x, g] = featurePair(fn, real, generated, 1).map(directions) as [Rows, Rows];
  check(x.n > 0, fn, 'real', 'vectors that are not zero', 'none');
  check(g.n > 0, fn, 'generated', 'vectors that are not zero', 'none');
  let sum = 0;
  dotProducts(fn, g, x, (first, count, cosines) => {
    for (let i = 0; i < count; i++) {
      sum += nearest(g, first + i, x, cosines.subarray(i * x.n, (i + 1) * x.n));
    }
  });
  const distance = sum / g.n;
  return { distance, penalty: distance < threshold ? distance : 1 };
}

/**
 * `1 − max |cos|`; near 0 as `‖g ∓ x‖²/2` of those x that rounding leaves in question: there 1 − |cos| has no digits.
 */
function nearest(g: Rows, i: number, x: Rows, cosines: Float64Array): number {
  const { d } = g;
  let largest = 0;
  for (let j = 0; j < x.n; j++) largest = Math.max(largest, Math.abs(cosines[j] as number));
  if (1 - largest > CANCELLED) return 1 - largest;
  const from = largest - 4 * d * Number.EPSILON;
  let least = Infinity;
  for (let j = 0; j < x.n; j++) {
    const cosine = cosines[j] as number;
    if (Math.abs(cosine) < from) continue;
    const sign = Math.sign(cosine);
    let square = 0;
    for (let k = 0; k < d && square < least; k++) {
      square += ((g.data[i * d + k] as number) - sign * (x.data[j * d + k] as number)) ** 2;
    }
    least = Math.min(least, square);
  }
  return least / 2;
}

/** Each row divided by its length; zeros left out. */
function directions({ n, d, data }: Rows): Rows {
  const out = new Float64Array(n * d);
  let kept = 0;
  for (let i = 0; i < n; i++) {
    const row = data.subarray(i * d, (i + 1) * d);
    // Divided twice, so that no square over- or underflows.
    const largest = row.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    if (largest === 0) continue;
    const length = Math.sqrt(row.reduce((sum, value) => sum + (value / largest) ** 2, 0));
    for (let k = 0; k < d; k++) out[kept * d + k] = (row[k] as number) / largest / length;
    kept++;
  }
  return { n: kept, d, data: out.subarray(0, kept * d) };
}
