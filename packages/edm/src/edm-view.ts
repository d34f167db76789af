import { checkOptions, type OptionKeys } from '@immiscible/core';
import { denoiserView, type View } from '@immiscible/sampling';
import { SIGMA_RANGE_KEYS, type SigmaRange } from '@immiscible/schedulers';
import { edmScales, type EdmScaling, SCALING_KEYS, scalingOf } from './preconditioning.js';

/** Options of {@link edmView}. */
export interface EdmViewOptions extends EdmScaling, SigmaRange {}

const KEYS: OptionKeys<EdmViewOptions> = { ...SCALING_KEYS, ...SIGMA_RANGE_KEYS };

/** ln σ of what the network gets as time is taken no lower than here: at σ = 0 its answer has no weight. */
const MIN_SIGMA = 1e-6;

/**
 * A network trained by `edmObjective` as the solvers of `@immiscible/sampling` see it: along Karras' levels.
 *
 * @param options - `sigmaData` and `timeScale` as in training
 * @throws RangeError if an option is unknown or out of range
 * @see {@link edmScales}
 * @example
 * const images = await sample(model, params, {
 *   view: edmView(), solver: dpmSolver(), steps: 10, count: 16, imageShape: [32, 32, 3], rng: createRng(0),
 * });
 */
export function edmView(options: EdmViewOptions = {}): View {
  const fn = 'edmView';
  checkOptions(fn, options, KEYS);
  const { sigmaMin = 0.002, sigmaMax = 80, rho = 7 } = options;
  const scaling = scalingOf(fn, options);
  return {
    ...denoiserView({ sigmaMin, sigmaMax, rho }),
    read: (sigma) => {
      const { skip, out, in: input, time } = edmScales(Math.max(sigma, MIN_SIGMA), scaling);
      return { time, input, x0: { xt: skip, output: out } };
    },
  };
}
