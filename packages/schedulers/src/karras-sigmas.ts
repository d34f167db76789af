import { check, checkInteger, checkOptions, type OptionKeys } from '@immiscible/core';

/** Between which noise levels, and how they are spaced. */
export interface SigmaRange {
  /** Lowest noise level. @defaultValue 0.002 */
  readonly sigmaMin?: number;
  /** Highest, from which samples are drawn. @defaultValue 80 */
  readonly sigmaMax?: number;
  /** The larger, the more levels near `sigmaMin`. @defaultValue 7 */
  readonly rho?: number;
}

/** All keys of {@link SigmaRange}. */
export const SIGMA_RANGE_KEYS: OptionKeys<SigmaRange> = { sigmaMin: true, sigmaMax: true, rho: true };

/**
 * Noise levels in ascending order, evenly spaced in their ρ-th root:
 * `σ_i = (σ_min^(1/ρ) + i/(count − 1)·(σ_max^(1/ρ) − σ_min^(1/ρ)))^ρ`
 *
 * @param count - how many levels
 * @param range - between which, and how they are spaced
 * @returns float64 `[count]`, the ends exact
 * @throws RangeError unless count ≥ 2 and 0 < sigmaMin < sigmaMax
 * @see Karras et al. 2022, Eq. 5 (arXiv:2206.00364), which counts downwards
 */
export function karrasSigmas(count: number, range: SigmaRange = {}): Float64Array {
  const fn = 'karrasSigmas';
  checkOptions(fn, range, SIGMA_RANGE_KEYS, 'range');
  const { sigmaMin = 0.002, sigmaMax = 80, rho = 7 } = range;
  checkInteger(fn, 'count', count, 2);
  check(sigmaMin > 0 && sigmaMin < Infinity, fn, 'sigmaMin', 'positive', sigmaMin);
  check(sigmaMax > sigmaMin && sigmaMax < Infinity, fn, 'sigmaMax', `above sigmaMin (${sigmaMin})`, sigmaMax);
  check(rho > 0 && rho < Infinity, fn, 'rho', 'positive', rho);
  const [low, high] = [sigmaMin ** (1 / rho), sigmaMax ** (1 / rho)];
  const sigmas = Float64Array.from(
    { length: count },
    (_, i) => (low + (i / (count - 1)) * (high - low)) ** rho,
  );
  sigmas[0] = sigmaMin;
  sigmas[count - 1] = sigmaMax;
  return sigmas;
}
