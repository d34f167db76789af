import { check, checkInteger, checkOptions, type OptionKeys } from '@immiscible/core';
import { type NoiseSchedule, noiseSchedule } from './noise-schedule.js';

/** Options of {@link linearSchedule}. */
export interface LinearScheduleOptions {
  /** @defaultValue 1000 (Ho et al. 2020) */
  readonly timesteps?: number;
  /** @defaultValue 1e-4 (Ho et al. 2020) */
  readonly betaStart?: number;
  /** @defaultValue 0.02 (Ho et al. 2020) */
  readonly betaEnd?: number;
}

/**
 * Steps whose variance grows linearly. With the defaults, √ᾱ of the last timestep is 0.0064: a trace of the image is
 * left in what the model sees at the noisiest level.
 *
 * `beta[t] = betaStart + (betaEnd − betaStart)·t/(T − 1)`
 *
 * @param options - T, and the first and last variance
 * @throws RangeError if an option is out of range
 * @see Ho et al. 2020, section 4 (arXiv:2006.11239)
 */
export function linearSchedule(options: LinearScheduleOptions = {}): NoiseSchedule {
  checkOptions('linearSchedule', options, {
    timesteps: true,
    betaStart: true,
    betaEnd: true,
  } satisfies OptionKeys<LinearScheduleOptions>);
  const { timesteps = 1000, betaStart = 1e-4, betaEnd = 0.02 } = options;
  checkInteger('linearSchedule', 'timesteps', timesteps, 1);
  check(betaStart > 0 && betaStart < 1, 'linearSchedule', 'betaStart', 'in (0, 1)', betaStart);
  check(betaEnd > 0 && betaEnd < 1, 'linearSchedule', 'betaEnd', 'in (0, 1)', betaEnd);
  const slope = (betaEnd - betaStart) / Math.max(1, timesteps - 1);
  return noiseSchedule(Float64Array.from({ length: timesteps }, (_, t) => betaStart + slope * t));
}
