import { check, checkOptions, type OptionKeys } from '@immiscible/core';
import {
  boundOf,
  ESTIMATE_KEYS,
  type EstimateOptions,
  variancePreserving,
  type View,
} from '@immiscible/sampling';
import {
  checkPrediction,
  checkSchedule,
  conversionForm,
  type NoiseSchedule,
  type Prediction,
  type Spacing,
  timestepOfSigma,
} from '@immiscible/schedulers';
import { type VisitedStep, visitedSteps } from './visited-steps.js';

/** Options of {@link diffusionView}. */
export interface DiffusionViewOptions extends EstimateOptions {
  /** The schedule that the model was trained with. */
  readonly schedule: NoiseSchedule;
  /** What the model was trained to predict. */
  readonly prediction: Prediction;
  /** Which timesteps n steps visit. @defaultValue `'trailing'` */
  readonly spacing?: Spacing;
  /** Where the last step leads: to the clean image, or to the noise level of timestep 0. @defaultValue `'clean'` */
  readonly end?: 'clean' | 'firstTimestep';
}

const KEYS: OptionKeys<DiffusionViewOptions> = {
  ...ESTIMATE_KEYS,
  schedule: true,
  prediction: true,
  spacing: true,
  end: true,
};

/**
 * A model trained by `ddimObjective` as the solvers of `@immiscible/sampling` see it, along `σ = √(1 − ᾱ)/√ᾱ` of the timesteps that are
 * visited. Between two timesteps' levels the model gets a fraction, interpolated in ln σ, and beyond the schedule's its first or last.
 * Estimates of the clean image are clipped to [−1, 1] unless `clip` says otherwise.
 *
 * Runge-Kutta methods solve for `xt/√ᾱ` against σ, whose derivative is ε; there is none at pure noise, and at no noise the model isn't
 * asked: steps from and to there are DDIM's.
 *
 * @param options - the model’s training, and which timesteps are visited
 * @throws RangeError if an option is unknown or out of range
 * @see Karras et al. 2022, table 1, column VP (arXiv:2206.00364)
 * @example
 * const images = await sample(model, params, {
 *   view: diffusionView({ schedule, prediction: 'vPrediction' }), solver: dpmSolver({ order: 3 }),
 *   steps: 10, count: 16, imageShape: [28, 28, 1], rng: createRng(0),
 * });
 */
export function diffusionView(options: DiffusionViewOptions): View {
  const fn = 'diffusionView';
  checkOptions(fn, options, KEYS);
  const { schedule, prediction, spacing, end } = options;
  checkSchedule(fn, schedule);
  checkPrediction(fn, prediction);
  const bound = boundOf(fn, options);
  const sigmas = Array.from(schedule.alphaBar, sigmaOf);
  const finite = sigmas.filter((sigma) => sigma < Infinity);
  check(finite.length > 0, fn, 'schedule', 'one with a timestep that has signal', schedule.timesteps);
  const own = { schedule, prediction, ...(spacing && { spacing }), ...(end && { end }) };
  const reach = [...new Set([sigmas.at(-1) as number, finite.at(-1) as number, finite[0] as number])];
  return {
    ...readings(prediction, (sigma) => timestepOfSigma(schedule, sigma)),
    grid: (steps) => gridOf(visitedSteps(fn, { ...own, steps })),
    reach: end === 'firstTimestep' ? reach : [...reach, 0],
    initialScale: () => 1,
    bound,
  };
}

/** The view of steps that have been listed, with whatever timesteps these are to have. */
export function visitedView(
  visited: readonly VisitedStep[],
  { schedule, prediction }: Pick<DiffusionViewOptions, 'schedule' | 'prediction'>,
  bound: View['bound'],
): View {
  const times = new Map(visited.map(({ alphaBar, timestep }) => [sigmaOf(alphaBar), timestep]));
  const grid = gridOf(visited);
  return {
    ...readings(prediction, (sigma) => times.get(sigma) ?? timestepOfSigma(schedule, sigma)),
    grid: () => grid,
    reach: grid,
    initialScale: () => 1,
    bound,
  };
}

function readings(prediction: Prediction, timeOf: (sigma: number) => number): Pick<View, 'frame' | 'read'> {
  return {
    frame: variancePreserving,
    read: (sigma) => {
      const scales = variancePreserving.at(sigma);
      const x0 = conversionForm(prediction, 'x0', scales);
      // Without noise the model has nothing to say of it.
      if (sigma === 0) return { time: timeOf(sigma), x0 };
      return { time: timeOf(sigma), x0, noise: conversionForm(prediction, 'epsilon', scales) };
    },
  };
}

/** √(1 − ᾱ)/√ᾱ; ∞ for pure noise, 0 for the clean image. */
function sigmaOf(alphaBar: number): number {
  return Math.sqrt((1 - alphaBar) / alphaBar);
}

function gridOf(visited: readonly VisitedStep[]): number[] {
  const last = visited.at(-1) as VisitedStep;
  return [...visited.map(({ alphaBar }) => sigmaOf(alphaBar)), sigmaOf(last.alphaBarNext)];
}
