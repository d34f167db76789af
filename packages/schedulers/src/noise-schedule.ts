import { check } from '@immiscible/core';

/**
 * A forward process in T discrete steps, as float64 tables. Entry t belongs to timestep t in [0, T); noise grows
 * with t, and the clean image is before timestep 0.
 */
export interface NoiseSchedule {
  /** T, the number of timesteps that training draws from. */
  readonly timesteps: number;
  /** Variance that step t adds, in (0, 1]; 1 only at the last step. */
  readonly beta: Float64Array;
  /** `1 − beta` */
  readonly alpha: Float64Array;
  /** Running product of `alpha`: the share of the image's variance that is left at t. Falls strictly, 0 only at the end. */
  readonly alphaBar: Float64Array;
  /** The schedule that `rescaleZeroTerminalSnr` made this one of, if it did. */
  readonly rescaledFrom?: NoiseSchedule;
}

/**
 * The schedule with these steps.
 *
 * `alpha[t] = 1 − beta[t]`, `alphaBar[t] = alpha[0]·…·alpha[t]`
 *
 * @param beta - T values in (0, 1); the last may be 1 (no signal left)
 * @throws RangeError if `beta` is empty or a value is out of range
 * @see Ho et al. 2020, Eq. 2 and 4 (arXiv:2006.11239)
 */
export function noiseSchedule(beta: ArrayLike<number>): NoiseSchedule {
  const table = Float64Array.from(beta);
  check(table.length > 0, 'noiseSchedule', 'beta', 'an array of at least one value', []);
  const last = table.length - 1;
  table.forEach((value, t) => {
    const inside = value > 0 && (value < 1 || (value === 1 && t === last));
    check(inside, 'noiseSchedule', `beta[${t}]`, t === last ? 'in (0, 1]' : 'in (0, 1)', value);
  });
  const alpha = table.map((value) => 1 - value);
  let product = 1;
  const alphaBar = alpha.map((value) => (product *= value));
  return { timesteps: table.length, beta: table, alpha, alphaBar };
}

/**
 * The logarithm of the noise level at each timestep; ∞ where no signal is left.
 *
 * `ln σ`, `σ = √(1 − alphaBar)/√alphaBar`
 *
 * @param schedule - of T timesteps
 * @returns float64 `[T]`, rising
 * @see Karras et al. 2022, table 1, column VP (arXiv:2206.00364)
 */
export function logSigmas(schedule: NoiseSchedule): Float64Array {
  return schedule.alphaBar.map(logSigma);
}

/** ln σ of one ᾱ. */
export function logSigma(alphaBar: number): number {
  return Math.log((1 - alphaBar) / alphaBar) / 2;
}

/**
 * Signal-to-noise ratio at each timestep.
 *
 * `snr[t] = alphaBar[t]/(1 − alphaBar[t])`
 *
 * @param schedule - of T timesteps
 * @see Kingma et al. 2021, Eq. 2 (arXiv:2107.00630)
 */
export function snr(schedule: NoiseSchedule): Float64Array {
  return schedule.alphaBar.map((alphaBar) => alphaBar / (1 - alphaBar));
}
