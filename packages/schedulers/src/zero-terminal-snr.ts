import { check } from '@immiscible/core';
import { type NoiseSchedule, noiseSchedule } from './noise-schedule.js';

/**
 * The schedule shifted and stretched so that its last timestep is pure noise, `alphaBar = 0`, and its first stays as
 * it is. Then the model trains on what sampling starts from. At the last timestep noise says nothing about the
 * image, so a model that predicts epsilon can't be sampled from there: predict `vPrediction` or `x0`.
 *
 * `√alphaBar′[t] = (√alphaBar[t] − √alphaBar[T−1])·√alphaBar[0]/(√alphaBar[0] − √alphaBar[T−1])`
 *
 * @param schedule - of at least two timesteps
 * @throws RangeError if the schedule has fewer than two timesteps
 * @see Lin et al. 2024, Algorithm 1 (arXiv:2305.08891)
 */
export function rescaleZeroTerminalSnr(schedule: NoiseSchedule): NoiseSchedule {
  const { timesteps, alphaBar } = schedule;
  check(timesteps >= 2, 'rescaleZeroTerminalSnr', 'schedule.timesteps', 'at least 2', timesteps);
  const root = alphaBar.map(Math.sqrt);
  const first = root[0] as number;
  const last = root[timesteps - 1] as number;
  const rescaled = root.map((value) => (((value - last) * first) / (first - last)) ** 2);
  const beta = rescaled.map((value, t) => 1 - value / (t === 0 ? 1 : (rescaled[t - 1] as number)));
  return { ...noiseSchedule(beta), rescaledFrom: schedule };
}
