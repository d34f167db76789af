import { checkOptions, type OptionKeys } from '@immiscible/core';
import type { Model, Params } from '@immiscible/core/tensors';
import {
  dormandPrince,
  DORMAND_PRINCE_KEYS,
  type DormandPrinceSolverOptions,
  runSolver,
  SAMPLER_KEYS,
  type SamplerOptions,
  samplerOptions,
} from '@immiscible/sampling';
import type { NdArray } from 'ndarray';
import { flowView } from './flow-view.js';
import { checkTimeScale, TIME_SCALE } from './flow-times.js';

/** Options of {@link dormandPrinceSample}. */
export interface DormandPrinceOptions extends SamplerOptions, DormandPrinceSolverOptions {
  /** As in training. @defaultValue 1000 */
  readonly timeScale?: number;
}

const KEYS: OptionKeys<DormandPrinceOptions> = { ...SAMPLER_KEYS, ...DORMAND_PRINCE_KEYS, timeScale: true };

/**
 * Draws images with the adaptive method of Dormand and Prince (order 5, "RK45"): steps as long as the tolerance allows.
 * Each image has step sizes of its own, so that which images come out doesn't depend on the batch; a batch is done when
 * its slowest image is. Six evaluations of the model for each attempt, two at the beginning.
 *
 * A step's error e is good enough where the root mean square over the image's pixels of
 * `e/(absoluteTolerance + relativeTolerance·|pixel|)` is below 1. `onStep` is called after each attempt, with an infinite
 * number of steps and the latest time in the batch.
 *
 * @param model - trained by `flowMatchingObjective`
 * @param params - borrowed
 * @param options - tolerances, and what all samplers share
 * @returns float32 `[count,H,W,C]`, on the host
 * @throws RangeError if an option is unknown or out of range, if the velocity isn't finite, or if the tolerance isn't met within `maxSteps`
 * @throws the reason of `signal` if it is aborted
 * @see Dormand & Prince 1980 (doi:10.1016/0771-050X(80)90013-3); Liu et al. 2023, section 5 for its use
 * (arXiv:2209.03003)
 * @example
 * const images = await dormandPrinceSample(model, params, {
 *   relativeTolerance: 1e-3, absoluteTolerance: 1e-3, count: 16, imageShape: [28, 28, 1], rng: createRng(0),
 * });
 */
export async function dormandPrinceSample(
  model: Model,
  params: Params,
  options: DormandPrinceOptions,
): Promise<NdArray<Float32Array>> {
  const fn = 'dormandPrinceSample';
  checkOptions(fn, options, KEYS);
  const { timeScale = TIME_SCALE, relativeTolerance, absoluteTolerance, maxSteps } = options;
  checkTimeScale(fn, timeScale);
  const solver = dormandPrince({
    ...(relativeTolerance !== undefined && { relativeTolerance }),
    ...(absoluteTolerance !== undefined && { absoluteTolerance }),
    ...(maxSteps !== undefined && { maxSteps }),
  });
  const view = flowView({ timeScale });
  return runSolver(model, params, { fn, view, solver, grid: view.reach, ...samplerOptions(options) });
}
