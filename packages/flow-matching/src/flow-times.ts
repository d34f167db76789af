import { check, checkInteger, type OptionKeys } from '@immiscible/core';
import { SAMPLER_KEYS, type SamplerOptions } from '@immiscible/sampling';

/** What t is multiplied by for the model unless told otherwise: then times have the size of timestep indices. */
export const TIME_SCALE = 1000;

/** What the samplers of a flow take: `steps` or `times`, and all that samplers share. */
export interface FlowSamplerOptions extends SamplerOptions {
  /** How many steps of equal length, from t = 1 to t = 0. */
  readonly steps?: number;
  /** The times themselves instead, n + 1 for n steps: strictly falling from 1, to 0 or wherever to stop. */
  readonly times?: ArrayLike<number>;
  /** As in training. @defaultValue 1000 */
  readonly timeScale?: number;
}

/** All keys of {@link FlowSamplerOptions}. */
export const FLOW_KEYS: OptionKeys<FlowSamplerOptions> = {
  ...SAMPLER_KEYS,
  steps: true,
  times: true,
  timeScale: true,
};

/** The times that the options ask for, float64. */
export function requestedTimes(fn: string, { steps, times, timeScale }: FlowSamplerOptions): number[] {
  if (timeScale !== undefined) checkTimeScale(fn, timeScale);
  const one = (steps === undefined) !== (times === undefined);
  check(one, fn, 'options', 'given either steps or times', { steps, times: times && Array.from(times) });
  const grid = times === undefined ? evenTimes(fn, steps as number) : Array.from(times);
  check(grid.length >= 2 && grid[0] === 1, fn, 'times', 'at least two values, the first 1', grid);
  grid.slice(1).forEach((next, i) => {
    const t = grid[i] as number;
    check(next >= 0 && next < t, fn, `times[${i + 1}]`, `in [0, ${t})`, next);
  });
  return grid;
}

/** @throws RangeError unless positive */
export function checkTimeScale(fn: string, timeScale: number): void {
  check(timeScale > 0 && timeScale < Infinity, fn, 'timeScale', 'positive', timeScale);
}

/** From 1 to 0 in steps of equal length. */
export function evenTimes(fn: string, steps: number): number[] {
  checkInteger(fn, 'steps', steps, 1);
  return Array.from({ length: steps + 1 }, (_, i) => (steps - i) / steps);
}
