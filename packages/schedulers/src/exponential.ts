import { check, checkInteger, checkOptions, type OptionKeys } from '@immiscible/core';
import { type NoiseSchedule, noiseSchedule } from './noise-schedule.js';

/** Options of {@link exponentialSchedule}. */
export interface ExponentialScheduleOptions {
  /** @defaultValue 1000 */
  readonly timesteps?: number;
  /** −ln ᾱ after the last step. @defaultValue 12 */
  readonly rate?: number;
}

/**
 * Steps along which `alphaBar` falls exponentially, so that all have the same size.
 *
 * `alphaBar[t] = exp(−rate·(t + 1)/T)`, `beta[t] = 1 − exp(−rate/T)`
 *
 * @param options - T, and how fast signal is lost
 * @throws RangeError if an option is out of range
 * @see diffusers, `betas_for_alpha_bar` with `alpha_transform_type` `"exp"`, whose rate is 12
 */
export function exponentialSchedule(options: ExponentialScheduleOptions = {}): NoiseSchedule {
  checkOptions('exponentialSchedule', options, {
    timesteps: true,
    rate: true,
  } satisfies OptionKeys<ExponentialScheduleOptions>);
  const { timesteps = 1000, rate = 12 } = options;
  checkInteger('exponentialSchedule', 'timesteps', timesteps, 1);
  check(rate > 0 && rate < Infinity, 'exponentialSchedule', 'rate', 'positive', rate);
  return noiseSchedule(new Float64Array(timesteps).fill(-Math.expm1(-rate / timesteps)));
}

/** Options of {@link exponentialSigmas}. */
export interface ExponentialSigmasOptions {
  /** How many levels. */
  readonly count: number;
  /** The last of them. @defaultValue 0.002 */
  readonly sigmaMin?: number;
  /** The first. @defaultValue 80 */
  readonly sigmaMax?: number;
}

/**
 * Noise levels σ in geometric progression, for samplers that count noise so.
 *
 * `sigma[i] = sigmaMax·(sigmaMin/sigmaMax)^(i/(count − 1))`
 *
 * @param options - how many levels, and between which
 * @returns float64, falling from `sigmaMax` to `sigmaMin`
 * @throws RangeError if an option is out of range
 * @see Song et al. 2021b, appendix C for the VE process (arXiv:2011.13456)
 */
export function exponentialSigmas(options: ExponentialSigmasOptions): Float64Array {
  checkOptions('exponentialSigmas', options, {
    count: true,
    sigmaMin: true,
    sigmaMax: true,
  } satisfies OptionKeys<ExponentialSigmasOptions>);
  const fn = 'exponentialSigmas';
  const { count, sigmaMin = 0.002, sigmaMax = 80 } = options;
  checkInteger(fn, 'count', count, 1);
  check(sigmaMin > 0 && sigmaMin < Infinity, fn, 'sigmaMin', 'positive', sigmaMin);
  check(sigmaMax > sigmaMin && sigmaMax < Infinity, fn, 'sigmaMax', 'more than sigmaMin', sigmaMax);
  const ratio = Math.log(sigmaMin / sigmaMax) / Math.max(1, count - 1);
  // The ends are exact, however log and exp round.
  return Float64Array.from({ length: count }, (_, i) =>
    i === 0 ? sigmaMax : i === count - 1 ? sigmaMin : sigmaMax * Math.exp(ratio * i),
  );
}
