import { check, checkInteger } from '@immiscible/core';
import { pivotedCholesky } from './cholesky.js';
import { factorProducts } from './factor-products.js';
import { singularValues } from './singular-values.js';
import type { Statistics } from './statistics.js';

/** Statistics of which n may be unknown, as in other tools' files. */
export type Gaussian = Omit<Statistics, 'n'> & {
  readonly n?: number;
  /**
   * Unit roundoff of the numbers that the covariance was computed and kept in: 2⁻²⁴ for float32. What that explains of a
   * negative eigenvalue is rounding, not an error.
   * @defaultValue that of float64
   */
  readonly precision?: number;
};

/**
 * Fréchet (2-Wasserstein) distance, squared, between two normal distributions.
 *
 * `d² = ‖μ₁ − μ₂‖² + tr C₁ + tr C₂ − 2·tr (C₁C₂)^½`
 *
 * No square root of a matrix is taken. With `C₁ = R₁ᵀR₁` and `C₂ = R₂ᵀR₂` the last trace is the sum of the singular
 * values of `R₁R₂ᵀ`: real, non-negative, and as good for singular covariances (n ≤ D) as for others. The factors are
 * pivoted Cholesky's; nothing is added to a diagonal, and there is nothing to retry. Of equal arguments the distance
 * is 0 up to rounding, about `D·2⁻⁵²·(tr C₁ + tr C₂)`; what rounding puts below 0 is returned as 0.
 *
 * @param a - with finite numbers and a symmetric, positive semidefinite covariance; borrowed
 * @param b - likewise, of the same dimensions; borrowed
 * @throws RangeError if that is not so, or n < 2
 * @see Dowson & Landau 1982, "The Fréchet distance between multivariate normal distributions", Eq. 4; Heusel et al.
 *   2017, Eq. 6 (arXiv:1706.08500)
 * @example
 * ```ts
 * const real = statistics(64).update(realFeatures).finish();
 * const generated = statistics(64).update(generatedFeatures).finish();
 * frechetDistance(real, generated);
 * ```
 */
export function frechetDistance(a: Gaussian, b: Gaussian): number {
  const fn = 'frechetDistance';
  checkStatistics(fn, 'a', a);
  checkStatistics(fn, 'b', b);
  const d = a.dimensions;
  check(
    b.dimensions === d,
    fn,
    'b.dimensions',
    `${d} as those of a`,
    b.dimensions,
    'take both from one extractor',
  );
  const first = pivotedCholesky(fn, 'a.covariance', a.covariance, d, a.precision);
  const second = pivotedCholesky(fn, 'b.covariance', b.covariance, d, b.precision);
  let between = 0;
  let traces = 0;
  for (let i = 0; i < d; i++) {
    between += ((a.mean[i] as number) - (b.mean[i] as number)) ** 2;
    traces += (a.covariance[i * d + i] as number) + (b.covariance[i * d + i] as number);
  }
  const products = factorProducts(first, second);
  const shared = singularValues(products, first.rank, second.rank).reduce((sum, value) => sum + value, 0);
  return Math.max(0, between + (traces - 2 * shared));
}

function checkStatistics(
  fn: string,
  name: string,
  { n, dimensions: d, mean, covariance, precision }: Gaussian,
): void {
  if (n !== undefined) checkInteger(fn, `${name}.n`, n, 2);
  checkInteger(fn, `${name}.dimensions`, d, 1);
  check(mean.length === d, fn, `${name}.mean`, `of ${d} numbers`, mean.length);
  check(covariance.length === d * d, fn, `${name}.covariance`, `of ${d}×${d} numbers`, covariance.length);
  if (precision !== undefined)
    check(precision > 0 && precision < 0.1, fn, `${name}.precision`, 'in (0, 0.1)', precision);
  const bad = mean.findIndex((value) => !Number.isFinite(value));
  check(bad < 0, fn, `${name}.mean[${bad}]`, 'finite', mean[bad]);
}
