import { logSigma, type NoiseSchedule } from './noise-schedule.js';

/** σ = √(1 − ᾱ)/√ᾱ at a timestep, between two of them interpolated linearly in σ, as diffusers does. */
export function sigmaAt({ alphaBar }: NoiseSchedule, timestep: number): number {
  const at = (t: number) => Math.sqrt((1 - (alphaBar[t] as number)) / (alphaBar[t] as number));
  const below = Math.floor(timestep);
  const share = timestep - below;
  return share === 0 ? at(below) : at(below) + share * (at(below + 1) - at(below));
}

/**
 * The timestep of a noise level, interpolated linearly in ln σ; levels beyond the schedule's get its first or last one.
 *
 * @param schedule - of T timesteps
 * @param sigma - positive; ∞ is pure noise
 * @returns in [0, T − 1], a fraction between two timesteps
 */
export function timestepOfSigma({ alphaBar }: NoiseSchedule, sigma: number): number {
  const at = (t: number) => logSigma(alphaBar[t] as number);
  const level = Math.log(sigma);
  let [low, high] = [0, alphaBar.length - 1];
  if (level >= at(high)) return high;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (at(middle) <= level) low = middle;
    else high = middle;
  }
  const share = high === low ? 0 : (level - at(low)) / (at(high) - at(low));
  // What rounding has left of a level that is a timestep's own isn't a fraction.
  const timestep = low + Math.min(1, Math.max(0, share));
  const nearest = Math.round(timestep);
  return Math.abs(timestep - nearest) < 1e-6 ? nearest : timestep;
}
