import { check, checkInteger, checkOptions, checkRng, type OptionKeys, type Rng } from '@immiscible/core';
import { logSigmas, type NoiseSchedule } from './noise-schedule.js';

/** Draws the timesteps of one batch on the host: `count` integers in [0, T). */
export type TimestepDraw = (count: number, timesteps: number, rng: Rng) => Int32Array;

/** Mean and standard deviation of the normal variable behind a draw. */
export interface NormalOptions {
  /** Its mean. */
  readonly mean?: number;
  /** Its standard deviation. */
  readonly std?: number;
}

/** Of ln σ (Karras et al. 2022). */
const KARRAS_NORMAL = { mean: -1.2, std: 1.2 };

/**
 * Timesteps of one batch, each uniform in [0, T).
 *
 * @param count - batch size
 * @param timesteps - T
 * @param rng - a stream of random numbers
 * @returns int32 `[count]`, on the host
 * @throws RangeError if an argument is no integer or too small
 * @see Ho et al. 2020, Algorithm 1 (arXiv:2006.11239)
 */
export function uniformTimesteps(count: number, timesteps: number, rng: Rng): Int32Array {
  checkDraw('uniformTimesteps', { count, timesteps, rng });
  return Int32Array.from({ length: count }, () => rng.integer(0, timesteps));
}

/**
 * Timesteps of one batch, one in each of `count` equal parts of [0, T), in random order: each is uniform, and the loss
 * of a batch varies less.
 *
 * `timestep[i] = ⌊T·(π(i) + u_i)/count⌋`, π a random permutation, u uniform in [0, 1)
 *
 * @param count - batch size
 * @param timesteps - T
 * @param rng - a stream of random numbers
 * @returns int32 `[count]`, on the host
 * @throws RangeError if an argument is no integer or too small
 * @see Kingma et al. 2021, appendix I, for a low-discrepancy draw (arXiv:2107.00630)
 */
export function stratifiedTimesteps(count: number, timesteps: number, rng: Rng): Int32Array {
  checkDraw('stratifiedTimesteps', { count, timesteps, rng });
  return Int32Array.from(stratifiedUniforms(count, rng), (u) =>
    Math.min(Math.floor(timesteps * u), timesteps - 1),
  );
}

/**
 * `count` numbers in [0, 1), one in each of as many equal parts, in random order.
 *
 * @param count - batch size
 * @param rng - a stream of random numbers
 * @returns float64 `[count]`
 * @throws RangeError unless `count` is an integer of at least 0
 */
export function stratifiedUniforms(count: number, rng: Rng): Float64Array {
  checkInteger('stratifiedUniforms', 'count', count, 0);
  checkRng('stratifiedUniforms', rng);
  // The largest number below 1 keeps the last part half open where a division rounds up.
  return Float64Array.from(rng.permutation(count), (part) =>
    Math.min((part + rng.uniform()) / count, 1 - Number.EPSILON / 2),
  );
}

/**
 * Draws timesteps that are logit-normal in t/T: mostly in the middle, rarely at the ends.
 *
 * `timestep = ⌊T/(1 + exp(−n))⌋`, `n ~ N(mean, std²)`
 *
 * @param options - @defaultValue mean 0, std 1
 * @throws RangeError if an option is out of range
 * @see Esser et al. 2024, section 3.1 (arXiv:2403.03206)
 */
export function logitNormalTimesteps(options: NormalOptions = {}): TimestepDraw {
  const fn = 'logitNormalTimesteps';
  const normal = normalDraw(fn, options, { mean: 0, std: 1 });
  return (count, timesteps, rng) => {
    checkDraw(fn, { count, timesteps, rng });
    return Int32Array.from({ length: count }, () =>
      Math.min(Math.floor(timesteps / (1 + Math.exp(-normal(rng)))), timesteps - 1),
    );
  };
}

/**
 * Draws timesteps whose noise level σ = √(1 − ᾱ)/√ᾱ is log-normal: the timestep with the nearest ln σ to each drawn
 * one. Mind that a level beyond the schedule's becomes its first or last timestep.
 *
 * `ln σ ~ N(mean, std²)`
 *
 * @param schedule - its T must be that of the objective
 * @param options - @defaultValue mean −1.2, std 1.2 (Karras et al. 2022)
 * @throws RangeError if an option is out of range; when called with another T than the schedule's
 * @see Karras et al. 2022, table 1 (arXiv:2206.00364)
 */
export function logNormalTimesteps(schedule: NoiseSchedule, options: NormalOptions = {}): TimestepDraw {
  const fn = 'logNormalTimesteps';
  const normal = normalDraw(fn, options, KARRAS_NORMAL);
  const levels = logSigmas(schedule);
  return (count, timesteps, rng) => {
    checkDraw(fn, { count, timesteps, rng });
    check(
      timesteps === schedule.timesteps,
      fn,
      'timesteps',
      `${schedule.timesteps} as in its schedule`,
      timesteps,
    );
    return Int32Array.from({ length: count }, () => nearest(levels, normal(rng)));
  };
}

/**
 * Noise levels of one batch for objectives in continuous σ: log-normal.
 *
 * `ln σ ~ N(mean, std²)`
 *
 * @param options - @defaultValue mean −1.2, std 1.2 (Karras et al. 2022)
 * @returns a draw of float64 `[count]`, positive
 * @throws RangeError if an option is out of range
 * @see Karras et al. 2022, table 1 (arXiv:2206.00364)
 */
export function logNormalSigmas(options: NormalOptions = {}): (count: number, rng: Rng) => Float64Array {
  const normal = normalDraw('logNormalSigmas', options, KARRAS_NORMAL);
  return (count, rng) => {
    checkInteger('logNormalSigmas', 'count', count, 0);
    checkRng('logNormalSigmas', rng);
    return Float64Array.from({ length: count }, () => Math.exp(normal(rng)));
  };
}

/** What a draw of timesteps is given. */
interface DrawArguments {
  readonly count: number;
  readonly timesteps: number;
  readonly rng: Rng;
}

function checkDraw(fn: string, { count, timesteps, rng }: DrawArguments): void {
  checkInteger(fn, 'count', count, 0);
  checkInteger(fn, 'timesteps', timesteps, 1);
  checkRng(fn, rng);
}

/**
 * Draws of one normal variable.
 *
 * @param fn - the function that was called, for errors
 * @param options - mean and standard deviation
 * @param defaults - where they aren't given
 * @throws RangeError if an option is unknown or out of range
 */
export function normalDraw(
  fn: string,
  options: NormalOptions,
  defaults: Required<NormalOptions>,
): (rng: Rng) => number {
  checkOptions(fn, options, { mean: true, std: true } satisfies OptionKeys<NormalOptions>);
  const { mean = defaults.mean, std = defaults.std } = options;
  check(Number.isFinite(mean), fn, 'mean', 'finite', mean);
  check(std >= 0 && std < Infinity, fn, 'std', 'at least 0', std);
  return (rng) => mean + std * rng.normal();
}

/** Index of the nearest of rising values; the last may be infinite. */
function nearest(values: Float64Array, x: number): number {
  let [low, high] = [0, values.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    const between = ((values[middle] as number) + (values[middle + 1] as number)) / 2;
    if (x > between) low = middle + 1;
    else high = middle;
  }
  return low;
}
