import { cosineSchedule } from './cosine.js';
import type { NoiseSchedule } from './noise-schedule.js';

/** Whether two schedules are the same up to rounding. */
export function sameSchedule(a: NoiseSchedule, b: NoiseSchedule): boolean {
  const near = (beta: number, t: number) => Math.abs(beta - (b.beta[t] as number)) <= 1e-12 * beta;
  return a.timesteps === b.timesteps && a.beta.every(near);
}

/** Whether it is what {@link cosineSchedule} makes by default. */
export function isCosine(schedule: NoiseSchedule): boolean {
  return sameSchedule(schedule, cosineSchedule({ timesteps: schedule.timesteps }));
}
