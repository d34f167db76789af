import type { NoiseSchedule } from './noise-schedule.js';

/** σ = √(1 − ᾱ)/√ᾱ at a timestep, between two of them interpolated linearly in σ, as diffusers does. */
export function sigmaAt({ alphaBar }: NoiseSchedule, timestep: number): number {
  const at = (t: number) => Math.sqrt((1 - (alphaBar[t] as number)) / (alphaBar[t] as number));
  const below = Math.floor(timestep);
  const share = timestep - below;
  return share === 0 ? at(below) : at(below) + share * (at(below + 1) - at(below));
}

/** The timestep of a level σ, interpolated linearly in ln σ; levels beyond the schedule's get its first or last one. */
export function timestepOfSigma({ alphaBar, timesteps }: NoiseSchedule, sigma: number): number {
  const level = Math.log(sigma);
  const at = (t: number) => Math.log((1 - (alphaBar[t] as number)) / (alphaBar[t] as number)) / 2;
  let [low, high] = [0, timesteps - 1];
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
