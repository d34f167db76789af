import { check, checkInteger, type Rng } from '@immiscible/core';
import { dotProducts } from './dot-products.js';
import { type Features, featurePair, type Rows, takeRows } from './features.js';
import { choose } from './choose.js';
import { squares } from './squares.js';

/** `(gamma·xᵀy + coef0)^degree`, whose gamma is 1/D if not given; or, with `sigma`, `exp(−‖x − y‖²/2σ²)`. */
export type Kernel =
  | { readonly degree?: number; readonly gamma?: number; readonly coef0?: number; readonly sigma?: undefined }
  | { readonly sigma: number };

/** Options of {@link kernelDistance}. */
export interface KernelDistanceOptions {
  /** Draws the subsets. */
  readonly rng: Rng;
  /** @defaultValue 100 */
  readonly subsets?: number;
  /** @defaultValue 1000 */
  readonly subsetSize?: number;
  /**
   * Only the default's result is KID.
   * @defaultValue degree 3, gamma 1/D, coef0 1
   */
  readonly kernel?: Kernel;
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
 * `k(x, y) = (xᵀy/D + 1)³` (or another), averaged over random subsets.
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
  const kernel = kernelOf(options.kernel ?? {}, a.d);
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
    squaredDiscrepancy(
      takeRows(a, choose(rng, a.n, subsetSize)),
      takeRows(b, choose(rng, b.n, subsetSize)),
      kernel,
    ),
  );
  const value = values.reduce((sum, one) => sum + one / subsets, 0);
  const variance = values.reduce((sum, one) => sum + (one - value) ** 2 / subsets, 0);
  return { value, std: Math.sqrt(variance) };
}

/** A kernel by the vectors' product and squared lengths. */
type KernelFunction = (product: number, xx: number, yy: number) => number;

function kernelOf(kernel: Kernel, d: number): KernelFunction {
  const fn = 'kernelDistance';
  if (kernel.sigma !== undefined) {
    const { sigma } = kernel;
    check(sigma > 0 && Number.isFinite(sigma), fn, 'sigma', 'positive', sigma);
    return (product, xx, yy) => Math.exp((2 * product - xx - yy) / (2 * sigma * sigma));
  }
  const { degree = 3, gamma = 1 / d, coef0 = 1 } = kernel;
  checkInteger(fn, 'degree', degree, 1);
  check(gamma > 0 && Number.isFinite(gamma), fn, 'gamma', 'positive', gamma);
  check(Number.isFinite(coef0), fn, 'coef0', 'finite', coef0);
  return (product) => (product * gamma + coef0) ** degree;
}

function squaredDiscrepancy(x: Rows, y: Rows, kernel: KernelFunction): number {
  const within = (z: Rows) => kernelSum(z, z, kernel) / (z.n * (z.n - 1));
  return within(x) + within(y) - (2 * kernelSum(x, y, kernel)) / (x.n * y.n);
}

/** Σ k(x, y) over all pairs, without those of a vector and itself if both are one set. */
function kernelSum(x: Rows, y: Rows, kernel: KernelFunction): number {
  const [xx, yy] = [squares(x), squares(y)];
  let sum = 0;
  dotProducts('kernelDistance', x, y, (first, count, products) => {
    for (let i = 0; i < count; i++) {
      for (let j = 0; j < y.n; j++) {
        if (x === y && first + i === j) continue;
        sum += kernel(products[i * y.n + j] as number, xx[first + i] as number, yy[j] as number);
      }
    }
  });
  return sum;
}
