import { check, type OptionKeys } from '@immiscible/core';
import { SAMPLER_KEYS, type SamplerOptions, ESTIMATE_KEYS, type EstimateOptions } from '@immiscible/sampling';
import {
  checkPrediction,
  checkSchedule,
  type NoiseSchedule,
  type Prediction,
  type Scales,
  type Spacing,
  timestepPairs,
  timestepSequence,
} from '@immiscible/schedulers';

/** Which timesteps are visited, of a model trained how. */
export interface TimestepOptions {
  /** The schedule that the model was trained with. */
  readonly schedule: NoiseSchedule;
  /** What the model was trained to predict. */
  readonly prediction: Prediction;
  /** How many timesteps to visit. @defaultValue all of them */
  readonly steps?: number;
  /** Which. @defaultValue `'trailing'` */
  readonly spacing?: Spacing;
  /** A list of one's own instead of `steps` and `spacing`: strictly falling, in [0, T). */
  readonly timesteps?: ArrayLike<number>;
  /**
   * The noise level σ = √(1 − ᾱ)/√ᾱ of each entry of `timesteps`, strictly falling, where it isn't the schedule's: then these are only what
   * the model gets as time, and may be fractions and repeat.
   */
  readonly sigmas?: ArrayLike<number>;
  /**
   * Where the last step leads: to the clean image (ᾱ = 1), or to the noise level of timestep 0, where some published
   * models end.
   *
   * @defaultValue `'clean'`
   */
  readonly end?: 'clean' | 'firstTimestep';
}

/** What the samplers of a discrete diffusion process take. */
export interface DiffusionSamplerOptions extends SamplerOptions, TimestepOptions, EstimateOptions {}

/** All keys of {@link TimestepOptions}. */
export const TIMESTEP_KEYS: OptionKeys<TimestepOptions> = {
  schedule: true,
  prediction: true,
  steps: true,
  spacing: true,
  timesteps: true,
  sigmas: true,
  end: true,
};

/** All keys of {@link DiffusionSamplerOptions}. */
export const DIFFUSION_KEYS: OptionKeys<DiffusionSamplerOptions> = {
  ...SAMPLER_KEYS,
  ...TIMESTEP_KEYS,
  ...ESTIMATE_KEYS,
};

/** Where a step leads: to the next entry of the list, or to `t − ⌊T/n⌋` with n entries. */
export type LeadsTo = 'nextTimestep' | 'evenStride';

/** A step's two ends. */
export interface VisitedStep {
  readonly timestep: number;
  /** ᾱ of the timestep. */
  readonly alphaBar: number;
  /** ᾱ where the step leads; 1 is the clean image. */
  readonly alphaBarNext: number;
  /** That timestep, −1 where there is none. */
  readonly next: number;
}

/** The steps from noise to image that the options ask for. */
export function visitedSteps(
  fn: string,
  options: TimestepOptions,
  leadsTo: LeadsTo = 'nextTimestep',
): VisitedStep[] {
  const { schedule, prediction, steps, spacing, timesteps, sigmas, end = 'clean' } = options;
  checkSchedule(fn, schedule);
  checkPrediction(fn, prediction);
  check(end === 'clean' || end === 'firstTimestep', fn, 'end', '"clean" or "firstTimestep"', end);
  const first = schedule.alphaBar[0] as number;
  const last = end === 'clean' ? 1 : first;
  if (sigmas !== undefined) return stepsBySigmas(fn, options, last);
  const total = schedule.timesteps;
  const sequence = timestepSequence(total, { steps, spacing, timesteps });
  const stride = Math.floor(total / sequence.length);
  return timestepPairs(sequence).map(({ timestep, previous }) => {
    const next = leadsTo === 'evenStride' ? Math.max(-1, timestep - stride) : previous;
    const alphaBarNext = next === -1 ? last : (schedule.alphaBar[next] as number);
    return { timestep, alphaBar: schedule.alphaBar[timestep] as number, alphaBarNext, next };
  });
}

/** The same by levels of their own. */
function stepsBySigmas(
  fn: string,
  { timesteps, sigmas = [], ...others }: TimestepOptions,
  last: number,
): VisitedStep[] {
  const { steps, spacing, schedule } = others;
  const alone = steps === undefined && spacing === undefined;
  check(alone, fn, 'sigmas', 'given without steps and spacing', { steps, spacing }, 'leave one out');
  const length = timesteps?.length ?? 0;
  const fits = sigmas.length === length && length > 0;
  check(fits, fn, 'sigmas', `as many as timesteps (${length})`, sigmas.length, 'give the timestep of each');
  const times = Array.from(timesteps as ArrayLike<number>);
  times.forEach((t, i) => {
    const highest = i === 0 ? schedule.timesteps - 1 : (times[i - 1] as number);
    check(t >= 0 && t <= highest, fn, `timesteps[${i}]`, `in [0, ${highest}]`, t);
  });
  const alphaBars = Array.from(sigmas, (sigma, i) => {
    const above = i === 0 ? Infinity : (sigmas[i - 1] as number);
    check(sigma > 0 && sigma < above, fn, `sigmas[${i}]`, `in (0, ${above})`, sigma);
    return 1 / (1 + sigma ** 2);
  });
  return times.map((timestep, i) => {
    const alphaBar = alphaBars[i] as number;
    const after = alphaBars[i + 1] ?? last;
    // The schedule's own first level may be off by rounding.
    const alphaBarNext = Math.abs(after - alphaBar) <= 1e-12 ? alphaBar : after;
    return { timestep, alphaBar, alphaBarNext, next: times[i + 1] ?? -1 };
  });
}

/** The two scales of a level. */
export function scalesOf(alphaBar: number): Scales {
  return { signalScale: Math.sqrt(alphaBar), noiseScale: Math.sqrt(1 - alphaBar) };
}
