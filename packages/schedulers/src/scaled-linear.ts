import { check, checkInteger, checkOptions, type OptionKeys } from '@immiscible/core';
import { type NoiseSchedule, noiseSchedule } from './noise-schedule.js';

/** Options of {@link scaledLinearSchedule}. */
export interface ScaledLinearScheduleOptions {
  /** @defaultValue 1000 */
  readonly timesteps?: number;
  /** @defaultValue 8.5e-4 (Rombach et al. 2022) */
  readonly betaStart?: number;
  /** @defaultValue 0.012 (Rombach et al. 2022) */
  readonly betaEnd?: number;
}

/**
 * Steps whose standard deviation grows linearly: the schedule of latent diffusion. With the defaults √ᾱ of the last
 * timestep is 0.068.
 *
 * `beta[t] = (√betaStart + (√betaEnd − √betaStart)·t/(T − 1))²`
 *
 * @param options - T, and the first and last variance
 * @throws RangeError if an option is out of range
 * @see Rombach et al. 2022, whose code has it (arXiv:2112.10752)
 */
export function scaledLinearSchedule(options: ScaledLinearScheduleOptions = {}): NoiseSchedule {
  checkOptions('scaledLinearSchedule', options, {
    timesteps: true,
    betaStart: true,
    betaEnd: true,
  } satisfies OptionKeys<ScaledLinearScheduleOptions>);
  const fn = 'scaledLinearSchedule';
  const { timesteps = 1000, betaStart = 8.5e-4, betaEnd = 0.012 } = options;
  checkInteger(fn, 'timesteps', timesteps, 1);
  check(betaStart > 0 && betaStart < 1, fn, 'betaStart', 'in (0, 1)', betaStart);
  check(betaEnd > 0 && betaEnd < 1, fn, 'betaEnd', 'in (0, 1)', betaEnd);
  const start = Math.sqrt(betaStart);
  const slope = (Math.sqrt(betaEnd) - start) / Math.max(1, timesteps - 1);
  return noiseSchedule(Float64Array.from({ length: timesteps }, (_, t) => (start + slope * t) ** 2));
}
