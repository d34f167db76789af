import { check, checkInteger, checkOptions, checkRng, type OptionKeys, type Rng } from '@immiscible/core';
import { randomSubset } from './random-subset.js';
import { centerPair, type Features, featurePair, type Rows, takeRows } from './features.js';
import { gaussianSum, type KernelSum, polynomialSum } from './kernel-sums.js';

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
 * @param options - randomness, subsets and kernel
 * @throws RangeError if there are fewer vectors than a subset takes, or features aren't finite
 * @see Bińkowski et al. 2018, "Demystifying MMD GANs", §4 (arXiv:1801.01401)
 */
export function kernelDistance(
  real: Features,
  generated: Features,
  options: KernelDistanceOptions,
): KernelDistance {
  const fn = 'kernelDistance';
  checkOptions(fn, options, {
    ...{ rng: true, subsets: true, subsetSize: true, kernel: true },
  } satisfies OptionKeys<KernelDistanceOptions>);
  const { rng, subsets = 100, subsetSize = 1000, kernel = {} } = options;
  checkRng(fn, rng);
  checkInteger(fn, 'subsets', subsets, 1);
  checkInteger(fn, 'subsetSize', subsetSize, 2);
  const { a, b, center } = centerPair(fn, featurePair(fn, real, generated, 2));
  const sum = sumOf(kernel, center);
  for (const [name, { n }] of [['real', a] as const, ['generated', b] as const]) {
    check(n >= subsetSize, fn, name, `at least ${subsetSize} vectors`, n, [
      'take more, or a smaller ',
      { option: 'subsetSize' },
      ' for both of what is compared',
    ]);
  }
  const within = (z: Rows) => sum(z, z) / (z.n * (z.n - 1));
  const values = Float64Array.from({ length: subsets }, () => {
    const x = takeRows(a, randomSubset(rng, a.n, subsetSize));
    const y = takeRows(b, randomSubset(rng, b.n, subsetSize));
    return within(x) + within(y) - (2 * sum(x, y)) / (x.n * y.n);
  });
  const value = values.reduce((total, one) => total + one / subsets, 0);
  check(
    Number.isFinite(value),
    fn,
    'features and kernel',
    'such that powers of their products are finite',
    value,
  );
  const variance = values.reduce((total, one) => total + (one - value) ** 2 / subsets, 0);
  return { value, std: Math.sqrt(variance) };
}

function sumOf(kernel: Kernel, center: Float64Array): KernelSum {
  const fn = 'kernelDistance';
  if (kernel.sigma !== undefined) {
    checkOptions(fn, kernel, ['sigma'], 'a Gaussian kernel');
    const { sigma } = kernel;
    check(sigma > 0 && Number.isFinite(sigma), fn, 'sigma', 'positive', sigma);
    return gaussianSum(sigma);
  }
  checkOptions(fn, kernel, ['degree', 'gamma', 'coef0', 'sigma'], 'kernel');
  const { degree = 3, gamma = 1 / center.length, coef0 = 1 } = kernel;
  checkInteger(fn, 'degree', degree, 1);
  check(gamma > 0 && Number.isFinite(gamma), fn, 'gamma', 'positive', gamma);
  check(Number.isFinite(coef0), fn, 'coef0', 'finite', coef0);
  return polynomialSum({ degree, gamma, coef0 }, center);
}
