import { checkInteger, checkOptions, checkRng, type OptionKeys, type Rng } from '@immiscible/core';
import { randomSubset } from './random-subset.js';
import { dotProducts } from './dot-products.js';
import { centerPair, type Features, featurePair, type Rows, takeRows } from './features.js';

/** Options of {@link mongeDistance}. */
export interface MongeDistanceOptions {
  /** Draws the directions, and what is taken of the larger set. */
  readonly rng: Rng;
  /** @defaultValue 1000 */
  readonly projections?: number;
}

/**
 * Monge distance (MIND when the features are Inception's): the sliced 2-Wasserstein distance, squared, times three times
 * the dimensions. It takes nothing for normal, and needs fewer vectors than a Fréchet distance.
 *
 * `3D · mean over u of mean over j of (sort(Xu)_j − sort(Yu)_j)²`, u uniform on the unit sphere. Of the larger set as many
 * are drawn as the smaller one has. A shift by δ gives `3‖δ‖²` in expectation.
 *
 * @param real - `[N,D]`; borrowed
 * @param generated - `[M,D]`; borrowed
 * @param options - randomness, and how many directions
 * @throws RangeError if features aren't finite, or the sets are of different dimensions
 * @see Berthet et al. 2026, "MIND: Monge Inception Distance for Generative Models Evaluation" (arXiv:2605.06797)
 */
export function mongeDistance(real: Features, generated: Features, options: MongeDistanceOptions): number {
  const fn = 'mongeDistance';
  checkOptions(fn, options, { rng: true, projections: true } satisfies OptionKeys<MongeDistanceOptions>);
  const { rng, projections = 1000 } = options;
  checkRng(fn, rng);
  checkInteger(fn, 'projections', projections, 1);
  const { a, b } = centerPair(fn, featurePair(fn, real, generated, 1));
  const pair = [a, b] as const;
  const n = Math.min(pair[0].n, pair[1].n);
  const d = pair[0].d;
  const [x, y] = pair.map((rows) => (rows.n > n ? takeRows(rows, randomSubset(rng, rows.n, n)) : rows)) as [
    Rows,
    Rows,
  ];
  const directions = new Float64Array(projections * d);
  for (let p = 0; p < projections; p++) {
    let square = 0;
    for (let j = 0; j < d; j++) {
      const value = rng.normal();
      directions[p * d + j] = value;
      square += value * value;
    }
    for (let j = 0; j < d; j++) directions[p * d + j] = (directions[p * d + j] as number) / Math.sqrt(square);
  }
  const u: Rows = { n: projections, d, data: directions };
  const [one, other] = [x, y].map((rows) => sortedProjections(fn, u, rows)) as [Float64Array, Float64Array];
  let sum = 0;
  for (let i = 0; i < one.length; i++) sum += ((one[i] as number) - (other[i] as number)) ** 2;
  return (3 * d * sum) / one.length;
}

/** `[projections,n]`, each row sorted. */
function sortedProjections(fn: string, u: Rows, rows: Rows): Float64Array {
  const out = new Float64Array(u.n * rows.n);
  dotProducts(fn, u, rows, (first, count, products) => {
    out.set(products.subarray(0, count * rows.n), first * rows.n);
  });
  for (let p = 0; p < u.n; p++) out.subarray(p * rows.n, (p + 1) * rows.n).sort();
  return out;
}
