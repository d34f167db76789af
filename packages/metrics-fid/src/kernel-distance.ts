import { check, checkInteger, type Rng } from '@immiscible/core';
import { dotProducts } from './dot-products.js';
import { type Features, featurePair, type Rows, takeRows } from './features.js';
import { choose } from './choose.js';

/** Options of {@link kernelDistance}. */
export interface KernelDistanceOptions {
  /** Draws the subsets. */
  readonly rng: Rng;
  /** @defaultValue 100 */
  readonly subsets?: number;
  /** @defaultValue 1000 */
  readonly subsetSize?: number;
}

/** What {@link kernelDistance} finds. */
export interface KernelDistance {
  /** Mean over the subsets. Unbiased: it may be below zero. */
  readonly value: number;
  /** Standard deviation over the subsets (divided by their number). */
  readonly std: number;
}

/**
 * Kernel distance (KID when the features are Inception's): squared maximum mean discrepancy, unbiased, with the kernel
 * `k(x, y) = (xᵀy/D + 1)³`, averaged over random subsets.
 *
 * @param real - `[N,D]`; borrowed
 * @param generated - `[M,D]`; borrowed
 * @throws RangeError if there are fewer vectors than a subset takes, or features aren't finite
 * @see Bińkowski et al. 2018, "Demystifying MMD GANs", §4 (arXiv:1801.01401)
 */
export function kernelDistance(
  real: Features,
  generated: Features,
  options: KernelDistanceOptions,
): KernelDistance {
  const fn = 'kernelDistance';
  const { rng, subsets = 100, subsetSize = 1000 } = options;
  checkInteger(fn, 'subsets', subsets, 1);
  checkInteger(fn, 'subsetSize', subsetSize, 2);
  const [a, b] = featurePair(fn, real, generated, 2);
  for (const [name, { n }] of [['real', a] as const, ['generated', b] as const]) {
    check(
      n >= subsetSize,
      fn,
      name,
      `at least ${subsetSize} vectors`,
      n,
      'take more, or a smaller subsetSize for both of what is compared',
    );
  }
  const values = Float64Array.from({ length: subsets }, () =>
    squaredDiscrepancy(takeRows(a, choose(rng, a.n, subsetSize)), takeRows(b, choose(rng, b.n, subsetSize))),
  );
  const value = values.reduce((sum, one) => sum + one / subsets, 0);
  const variance = values.reduce((sum, one) => sum + (one - value) ** 2 / subsets, 0);
  return { value, std: Math.sqrt(variance) };
}

function squaredDiscrepancy(x: Rows, y: Rows): number {
  const within = (z: Rows) => kernelSum(z, z, true) / (z.n * (z.n - 1));
  return within(x) + within(y) - (2 * kernelSum(x, y, false)) / (x.n * y.n);
}

/** Σ k(x, y) over all pairs, without those of a vector and itself if both are one set. */
function kernelSum(x: Rows, y: Rows, same: boolean): number {
  let sum = 0;
  dotProducts('kernelDistance', x, y, (first, count, products) => {
    for (let i = 0; i < count; i++) {
      for (let j = 0; j < y.n; j++) {
        if (same && first + i === j) continue;
        sum += ((products[i * y.n + j] as number) / x.d + 1) ** 3;
      }
    }
  });
  return sum;
}
