import { check, checkInteger, checkOptions, type OptionKeys } from '@immiscible/core';
import { type NoiseSchedule, noiseSchedule } from './noise-schedule.js';

/** Options of {@link sigmoidSchedule}. */
export interface SigmoidScheduleOptions {
  /** @defaultValue 1000 */
  readonly timesteps?: number;
  /** Where on the sigmoid the first step begins. @defaultValue −3 (Jabri et al. 2022) */
  readonly start?: number;
  /** Where the last one ends. @defaultValue 3 (Jabri et al. 2022) */
  readonly end?: number;
  /** τ: the smaller, the steeper in the middle. @defaultValue 1 */
  readonly temperature?: number;
  /** Cap on a single step. @defaultValue 0.999 */
  readonly maxBeta?: number;
}

/**
 * Steps along which `alphaBar` falls like a sigmoid: more of them at middle noise levels, for large images.
 *
 * `f(t) = (g(end) − g(start + (end − start)·t/T))/(g(end) − g(start))`, `g(x) = 1/(1 + exp(−x/τ))`,
 * `beta[t] = min(1 − f(t + 1)/f(t), maxBeta)`
 *
 * @param options - T, and which part of the sigmoid
 * @throws RangeError if an option is out of range
 * @see Jabri et al. 2022 (arXiv:2212.11972); Chen 2023, Algorithm 1 (arXiv:2301.10972)
 */
export function sigmoidSchedule(options: SigmoidScheduleOptions = {}): NoiseSchedule {
  checkOptions('sigmoidSchedule', options, {
    timesteps: true,
    start: true,
    end: true,
    temperature: true,
    maxBeta: true,
  } satisfies OptionKeys<SigmoidScheduleOptions>);
  const fn = 'sigmoidSchedule';
  const { timesteps = 1000, start = -3, end = 3, temperature = 1, maxBeta = 0.999 } = options;
  checkInteger(fn, 'timesteps', timesteps, 1);
  check(Number.isFinite(start), fn, 'start', 'finite', start);
  check(end > start && end < Infinity, fn, 'end', 'finite and more than start', end);
  check(temperature > 0 && temperature < Infinity, fn, 'temperature', 'positive', temperature);
  check(maxBeta > 0 && maxBeta < 1, fn, 'maxBeta', 'in (0, 1)', maxBeta);
  const g = (x: number): number => sigmoid(x / temperature);
  const f = (t: number): number =>
    (g(end) - g(start + ((end - start) * t) / timesteps)) / (g(end) - g(start));
  return noiseSchedule(
    Float64Array.from({ length: timesteps }, (_, t) => Math.min(1 - f(t + 1) / f(t), maxBeta)),
  );
}

/** Options of {@link sigmoidBetaSchedule}. */
export interface SigmoidBetaScheduleOptions {
  /** @defaultValue 1000 */
  readonly timesteps?: number;
  /** What `beta` rises from. @defaultValue 1e-4 */
  readonly betaStart?: number;
  /** What it rises to. @defaultValue 0.02 */
  readonly betaEnd?: number;
}

/**
 * Steps whose variance itself grows like a sigmoid over [−6, 6]: diffusers' `"sigmoid"`. Not {@link sigmoidSchedule}.
 *
 * `beta[t] = betaStart + (betaEnd − betaStart)/(1 + exp(6 − 12·t/(T − 1)))`
 *
 * @param options - T, and the first and last variance
 * @throws RangeError if an option is out of range
 * @see Xu et al. 2022, whose code has it (arXiv:2203.02923)
 */
export function sigmoidBetaSchedule(options: SigmoidBetaScheduleOptions = {}): NoiseSchedule {
  checkOptions('sigmoidBetaSchedule', options, {
    timesteps: true,
    betaStart: true,
    betaEnd: true,
  } satisfies OptionKeys<SigmoidBetaScheduleOptions>);
  const fn = 'sigmoidBetaSchedule';
  const { timesteps = 1000, betaStart = 1e-4, betaEnd = 0.02 } = options;
  checkInteger(fn, 'timesteps', timesteps, 1);
  check(betaStart > 0 && betaStart < 1, fn, 'betaStart', 'in (0, 1)', betaStart);
  check(betaEnd > 0 && betaEnd < 1, fn, 'betaEnd', 'in (0, 1)', betaEnd);
  const beta = (t: number) => sigmoid(-6 + (12 * t) / Math.max(1, timesteps - 1));
  return noiseSchedule(
    Float64Array.from({ length: timesteps }, (_, t) => betaStart + (betaEnd - betaStart) * beta(t)),
  );
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
