import { checkInteger } from '@immiscible/core';
import { diffusersSteps, timestepsAndLevels } from './diffusers-steps.js';
import type {
  ConsistencyScheduler,
  DiscreteScheduler,
  EdmScheduler,
  FlowScheduler,
  SchedulerDescription,
} from './diffusers-types.js';

/** What `ddpmSample`, `ddimSample`, `dpmSolverSample` or `diffusionHeunSample` of `@immiscible/ddim` takes, by `method`. */
export type DiscreteSamplerOptions = Omit<
  DiscreteScheduler,
  'method' | 'spacing' | 'offset' | 'sigmaSpacing'
> & {
  /** What the model gets as time, falling. */
  readonly timesteps: number[];
  /** Their noise levels, where they aren't the schedule's. */
  readonly sigmas?: number[];
};

/** What `eulerSample` of `@immiscible/flow-matching` takes. */
export interface FlowOptions {
  /** Where each step begins, and 0. */
  readonly times: number[];
  /** What t is multiplied by for the model. */
  readonly timeScale: number;
}

/** What `edmSample` of `@immiscible/edm` takes. */
export interface EdmOptions {
  /** diffusers' sampler is Euler's method. */
  readonly order: 1;
  /** Noise levels, falling. */
  readonly sigmas: number[];
  /** Standard deviation of the images' values. */
  readonly sigmaData: number;
  /** What the initial noise is multiplied by. */
  readonly initialScale: number;
}

/** What `consistencySample` of `@immiscible/consistency` takes. */
export interface ConsistencyOptions {
  /** Noise levels, falling. */
  readonly sigmas: number[];
  /** The level at which the function is the identity. */
  readonly sigmaMin: number;
  /** Standard deviation of the images' values. */
  readonly sigmaData: number;
  /** Whether answers are clipped to [−1, 1]. */
  readonly clip: boolean;
}

/**
 * The options with which our sampler of the method does in so many steps what diffusers' scheduler does, to be joined by those that all
 * samplers share (`count`, `imageShape`, `rng`).
 *
 * @param scheduler - as `fromDiffusersConfig` gives it, or of one's own
 * @param steps - `num_inference_steps`
 * @throws RangeError if diffusers has no such steps
 * @see diffusersSteps
 * @example
 * const options = diffusersOptions(fromDiffusersConfig(text) as DiscreteScheduler, 50);
 * const images = await ddimSample(model, params, { ...options, count: 16, imageShape: [28, 28, 1], rng });
 */
export function diffusersOptions(scheduler: DiscreteScheduler, steps: number): DiscreteSamplerOptions;
export function diffusersOptions(scheduler: FlowScheduler, steps: number): FlowOptions;
export function diffusersOptions(scheduler: EdmScheduler, steps: number): EdmOptions;
export function diffusersOptions(scheduler: ConsistencyScheduler, steps: number): ConsistencyOptions;
export function diffusersOptions(scheduler: SchedulerDescription, steps: number): object {
  const fn = 'diffusersOptions';
  checkInteger(fn, 'steps', steps, 1);
  switch (scheduler.method) {
    case 'flow':
      return { times: diffusersSteps(scheduler, steps), timeScale: scheduler.timeScale ?? 1000 };
    case 'edm': {
      const { sigmaData = 0.5, sigmaMax = 80 } = scheduler;
      // diffusers' initial noise has the variance of noise and image together.
      return {
        order: 1,
        sigmas: diffusersSteps(scheduler, steps),
        sigmaData,
        initialScale: Math.hypot(sigmaMax, 1),
      };
    }
    case 'consistency': {
      const { sigmaMin = 0.002, sigmaData = 0.5, clip = true } = scheduler;
      return { sigmas: diffusersSteps(scheduler, steps), sigmaMin, sigmaData, clip };
    }
    default: {
      const {
        method: _method,
        spacing: _spacing,
        offset: _offset,
        sigmaSpacing: _sigmaSpacing,
        ...options
      } = scheduler;
      return { ...options, ...timestepsAndLevels(fn, scheduler, steps) };
    }
  }
}
