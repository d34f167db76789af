import { check, checkInteger, checkOptions, type OptionKeys } from '@immiscible/core';
import { type NoiseSchedule, noiseSchedule } from './noise-schedule.js';

/** Options of {@link cosineSchedule}. */
export interface CosineScheduleOptions {
  /** @defaultValue 1000 */
  readonly timesteps?: number;
  /** Keeps the first steps from being too small. @defaultValue 0.008 (Nichol & Dhariwal 2021) */
  readonly offset?: number;
  /** Cap on a single step, so that the last one leaves some signal. @defaultValue 0.999 (Nichol & Dhariwal 2021) */
  readonly maxBeta?: number;
}

/**
 * Steps along which `alphaBar` falls like a squared cosine: slower than the linear schedule at both ends.
 *
 * `beta[t] = min(1 − f(t + 1)/f(t), maxBeta)`, `f(t) = cos²((t/T + offset)/(1 + offset)·π/2)`
 *
 * @param options - T, and how the curve is shaped
 * @throws RangeError if an option is out of range
 * @see Nichol & Dhariwal 2021, Eq. 17 (arXiv:2102.09672)
 */
export function cosineSchedule(options: CosineScheduleOptions = {}): NoiseSchedule {
  checkOptions('cosineSchedule', options, {
    timesteps: true,
    offset: true,
    maxBeta: true,
  } satisfies OptionKeys<CosineScheduleOptions>);
  const { timesteps = 1000, offset = 0.008, maxBeta = 0.999 } = options;
  checkInteger('cosineSchedule', 'timesteps', timesteps, 1);
  check(offset >= 0 && offset < Infinity, 'cosineSchedule', 'offset', 'finite and not negative', offset);
  check(maxBeta > 0 && maxBeta < 1, 'cosineSchedule', 'maxBeta', 'in (0, 1)', maxBeta);
  const f = (t: number): number => Math.cos(((t / timesteps + offset) / (1 + offset)) * (Math.PI / 2)) ** 2;
  return noiseSchedule(
    Float64Array.from({ length: timesteps }, (_, t) => Math.min(1 - f(t + 1) / f(t), maxBeta)),
  );
}
