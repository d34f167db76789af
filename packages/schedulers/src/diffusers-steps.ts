import { check, checkInteger } from '@immiscible/core';
import type { SchedulerDescription } from './diffusers-config.js';
import { karrasSigmas } from './karras-sigmas.js';
import { timestepSequence } from './timestep-sequence.js';

/**
 * The steps that diffusers takes with a scheduler, to be given to our samplers: `timesteps` of `@immiscible/ddim`, `times` of
 * `@immiscible/flow-matching`, `sigmas` of `@immiscible/edm`; the latter two end in 0.
 *
 * @param steps - `num_inference_steps`
 * @throws RangeError if there are no such steps
 * @see diffusers 0.42, `set_timesteps` of each class
 */
export function diffusersSteps(scheduler: SchedulerDescription, steps: number): number[] {
  const fn = 'diffusersSteps';
  checkInteger(fn, 'steps', steps, 1);
  if (scheduler.method === 'edm') {
    check(steps >= 2, fn, 'steps', 'at least 2 for edm', steps);
    return [0, ...karrasSigmas(steps, scheduler)].reverse();
  }
  if (scheduler.method === 'flow') {
    const { timeScale = 1000, shift = 1 } = scheduler;
    const shifted = (t: number) => (shift * t) / (1 + (shift - 1) * t);
    // diffusers shifts its least level once for the ends of its list, and once more with all of the list.
    const least = shifted(1 / timeScale);
    const even = (i: number) => (steps === 1 ? 1 : 1 + (i / (steps - 1)) * (least - 1));
    return [...Array.from({ length: steps }, (_, i) => shifted(even(i))), 0];
  }
  const { schedule, spacing = 'trailing', offset = 0, method } = scheduler;
  const total = schedule.timesteps;
  if (spacing === 'trailing') return Array.from(timestepSequence(total, { steps, spacing }));
  // DPM-Solver leaves out the cleanest of one more.
  const count = method === 'dpmSolver' ? steps + 1 : steps;
  checkInteger(fn, 'the schedule’s timesteps', total, count);
  const ratio = Math.floor(total / count);
  const list =
    spacing === 'linspace'
      ? Array.from(timestepSequence(total, { steps: count, spacing }))
      : Array.from({ length: count }, (_, i) => (count - 1 - i) * ratio + offset);
  // NumPy's linspace of one value is its start.
  if (spacing === 'linspace' && count === 1) return [0];
  const kept = list.slice(0, steps);
  check((kept[0] as number) < total, fn, 'offset', `small enough for ${total} timesteps`, offset);
  return kept;
}
