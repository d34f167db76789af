import { check, checkInteger, checkOptions, checkRng, type OptionKeys, type Rng } from '@immiscible/core';

/** Options of {@link bootstrapInterval}. */
export interface BootstrapOptions {
  /** Draws the samples. */
  readonly rng: Rng;
  /** @defaultValue 200 */
  readonly replicates?: number;
  /** @defaultValue 0.95 */
  readonly level?: number;
}

/** What {@link bootstrapInterval} finds. */
export interface BootstrapInterval {
  /** Of the sample itself. */
  readonly value: number;
  /** Lower end of the interval. */
  readonly low: number;
  /** Upper end. */
  readonly high: number;
  /** Standard deviation of the replicates. */
  readonly standardError: number;
}

/**
 * Interval of a statistic by resampling with replacement: the quantiles of the replicates, moved so that their mean is the
 * statistic of the sample. (Repeated images make a Fréchet distance larger in all replicates alike, and that is not what
 * the interval is about.)
 *
 * @param n - how many items the sample has
 * @param statistic - of items by their indices `[n]`, borrowed by it
 * @param options - randomness, replicates and level
 * @throws RangeError if the options are out of range
 * @see Efron & Tibshirani 1993, "An Introduction to the Bootstrap", §13
 */
export function bootstrapInterval(
  n: number,
  statistic: (indices: Int32Array) => number,
  options: BootstrapOptions,
): BootstrapInterval {
  const fn = 'bootstrapInterval';
  checkOptions(fn, options, {
    ...{ rng: true, replicates: true, level: true },
  } satisfies OptionKeys<BootstrapOptions>);
  const { rng, replicates = 200, level = 0.95 } = options;
  checkRng(fn, rng);
  checkInteger(fn, 'n', n, 1);
  checkInteger(fn, 'replicates', replicates, 2);
  check(level > 0 && level < 1, fn, 'level', 'in (0, 1)', level);
  const value = statistic(Int32Array.from({ length: n }, (_, i) => i));
  const found = Float64Array.from({ length: replicates }, () =>
    statistic(Int32Array.from({ length: n }, () => Math.min(n - 1, Math.floor(rng.uniform() * n)))),
  ).sort();
  const mean = found.reduce((sum, one) => sum + one / replicates, 0);
  const variance = found.reduce((sum, one) => sum + (one - mean) ** 2 / (replicates - 1), 0);
  const quantile = (q: number) => {
    const at = q * (replicates - 1);
    const low = Math.floor(at);
    const high = Math.min(low + 1, replicates - 1);
    return (found[low] as number) + (at - low) * ((found[high] as number) - (found[low] as number));
  };
  return {
    value,
    low: value + quantile((1 - level) / 2) - mean,
    high: value + quantile((1 + level) / 2) - mean,
    standardError: Math.sqrt(variance),
  };
}
