import { check, checkInteger } from '@immiscible/core';
import type {
  ConsistencyScheduler,
  DiscreteScheduler,
  EdmScheduler,
  FlowScheduler,
  SchedulerDescription,
} from './diffusers-types.js';
import { exponentialSigmas } from './exponential.js';
import { karrasSigmas } from './karras-sigmas.js';
import { arange, linspace, roundHalfEven } from './numpy-rounding.js';
import { sigmaAt, timestepOfSigma } from './sigma-timesteps.js';

/**
 * The steps that diffusers takes with a scheduler: timesteps, of flows times and of `edm` and `consistency` levels σ; times end in 0, levels
 * of `edm` where the last step leads. {@link diffusersOptions} gives them together with all else that a sampler needs.
 *
 * @param scheduler - as `fromDiffusersConfig` gives it, or of your own
 * @param steps - `num_inference_steps`
 * @returns falling; of `heun`, and with `sigmaSpacing`, timesteps may be fractions
 * @throws RangeError if diffusers has no such steps
 * @see diffusers 0.42, `set_timesteps` of each class
 */
export function diffusersSteps(scheduler: SchedulerDescription, steps: number): number[] {
  const fn = 'diffusersSteps';
  checkInteger(fn, 'steps', steps, 1);
  switch (scheduler.method) {
    case 'edm':
      return edmLevels(fn, scheduler, steps);
    case 'flow':
      return flowTimes(scheduler, steps);
    case 'consistency':
      return consistencyLevels(fn, scheduler, steps);
    default:
      return timestepsAndLevels(fn, scheduler, steps).timesteps;
  }
}

/** The timesteps of a discrete process, and their noise levels σ where they aren't those of the schedule. */
export function timestepsAndLevels(
  fn: string,
  scheduler: DiscreteScheduler,
  steps: number,
): { timesteps: number[]; sigmas?: number[] } {
  const { schedule, method, sigmaSpacing } = scheduler;
  const total = schedule.timesteps;
  if (sigmaSpacing !== undefined) return sigmaSpaced(scheduler, sigmaSpacing, steps);
  const timesteps = spacedTimesteps(fn, scheduler, steps);
  const first = timesteps[0] as number;
  check(
    first < total,
    fn,
    'offset',
    `small enough for ${total} timesteps and ${steps} steps`,
    scheduler.offset,
  );
  if (method === 'heun') return { timesteps, sigmas: timesteps.map((t) => sigmaAt(schedule, t)) };
  const falls = timesteps.every((t, i) => t >= 0 && (i === 0 || t < (timesteps[i - 1] as number)));
  const fix = 'diffusers repeats timesteps or goes beyond them there';
  check(falls, fn, 'steps', `a number with as many distinct timesteps in [0, ${total})`, steps, fix);
  return { timesteps };
}

/** As NumPy counts and rounds, float64: an element that lies between two timesteps in exact arithmetic goes where it goes there. */
function spacedTimesteps(
  fn: string,
  { schedule, spacing = 'trailing', offset = 0, method }: DiscreteScheduler,
  steps: number,
): number[] {
  const total = schedule.timesteps;
  checkInteger(fn, 'the schedule’s timesteps', total, steps);
  // DPM-Solver leaves out the cleanest of one more; Heun takes fractions.
  const count = method === 'dpmSolver' && spacing !== 'trailing' ? steps + 1 : steps;
  const rounded = method === 'heun' ? Math.fround : roundHalfEven;
  switch (spacing) {
    case 'linspace':
      return linspace(0, total - 1, count)
        .map(rounded)
        .reverse()
        .slice(0, steps);
    case 'leading': {
      const ratio = Math.floor(total / count);
      return Array.from({ length: steps }, (_, i) => (count - 1 - i) * ratio + offset);
    }
    case 'trailing':
      return arange(total, 0, -total / steps).map((t) => roundHalfEven(t) - 1);
    default:
      check(false, fn, 'spacing', '"leading", "trailing" or "linspace"', spacing);
  }
}

function sigmaSpaced(
  { schedule, method, ...rest }: DiscreteScheduler,
  spacing: 'karras' | 'exponential',
  steps: number,
): { timesteps: number[]; sigmas: number[] } {
  // DPM-Solver goes through all of the schedule's levels, Heun from the first of its timesteps to the last.
  const ends =
    method === 'heun'
      ? spacedTimesteps('diffusersSteps', { schedule, method, ...rest }, steps)
      : [schedule.timesteps - 1, 0];
  const [sigmaMax, sigmaMin] = [
    sigmaAt(schedule, ends[0] as number),
    sigmaAt(schedule, ends.at(-1) as number),
  ];
  const sigmas = sigmaList(spacing, steps, { sigmaMin, sigmaMax });
  const exact = sigmas.map((sigma) => timestepOfSigma(schedule, sigma));
  if (method === 'heun') return { timesteps: exact, sigmas };
  return { timesteps: exact.map(roundHalfEven), sigmas };
}

function edmLevels(
  fn: string,
  { sigmaSpacing: spacing = 'karras', end = 'clean', ...range }: EdmScheduler,
  steps: number,
): number[] {
  const { sigmaMin = 0.002, sigmaMax = 80, rho = 7 } = range;
  const list = sigmaList(spacing, steps, { sigmaMin, sigmaMax, rho });
  // PyTorch's linspace of one value is its start, here of the rising list.
  if (spacing === 'exponential' && steps === 1) list[0] = sigmaMin;
  if (end === 'clean') return [...list, 0];
  check(steps > 1, fn, 'steps', 'at least 2 where the last step leads to sigmaMin', steps);
  return list;
}

function flowTimes({ timeScale = 1000, shift = 1 }: FlowScheduler, steps: number): number[] {
  const shifted = (t: number) => (shift * t) / (1 + (shift - 1) * t);
  // diffusers shifts its least level once for the ends of its list, and once more with all of the list.
  const least = shifted(1 / timeScale);
  return [...linspace(1, least, steps).map(shifted), 0];
}

function consistencyLevels(fn: string, scheduler: ConsistencyScheduler, steps: number): number[] {
  const { timesteps = 40, sigmaMin = 0.002, sigmaMax = 80, rho = 7 } = scheduler;
  checkInteger(fn, 'timesteps', timesteps, Math.max(2, steps));
  const ratio = Math.floor(timesteps / steps);
  const all = [...karrasSigmas(timesteps, { sigmaMin, sigmaMax, rho })].reverse();
  return Array.from({ length: steps }, (_, i) => all[i * ratio] as number);
}

/** Levels falling from `sigmaMax` to `sigmaMin`, both included; one alone is `sigmaMax`. */
function sigmaList(
  spacing: 'karras' | 'exponential',
  count: number,
  { rho = 7, ...ends }: { sigmaMin: number; sigmaMax: number; rho?: number },
): number[] {
  if (count === 1 || ends.sigmaMin === ends.sigmaMax) return new Array<number>(count).fill(ends.sigmaMax);
  if (spacing === 'exponential') return [...exponentialSigmas({ count, ...ends })];
  return [...karrasSigmas(count, { ...ends, rho })].reverse();
}
