import { check, checkOptions, type OptionKeys } from '@immiscible/core';
import type { Model, Params } from '@immiscible/core/tensors';
import { dpmSolver } from '@immiscible/sampling';
import type { NdArray } from 'ndarray';
import { diffusionSample } from './diffusion-sample.js';
import { DIFFUSION_KEYS, type DiffusionSamplerOptions } from './visited-steps.js';

/** Options of {@link dpmSolverSample}. */
export interface DpmSolverSampleOptions extends DiffusionSamplerOptions {
  /** 1 is DDIM, 2 also looks at the estimate before: DPM-Solver++(2M). @defaultValue 2 */
  readonly order?: 1 | 2;
  /** Whether the last step of fewer than 15 is of order 1, which so few steps need more than precision. @defaultValue false */
  readonly lowerOrderFinal?: boolean;
  /** Whether the last step is of order 1. To the clean image it always is. @defaultValue false */
  readonly eulerAtFinal?: boolean;
}

const KEYS: OptionKeys<DpmSolverSampleOptions> = {
  ...DIFFUSION_KEYS,
  order: true,
  lowerOrderFinal: true,
  eulerAtFinal: true,
};

/**
 * Draws images with DPM-Solver++(2M): the ODE in the logarithm of the signal-to-noise ratio, solved by a two-step
 * method for x0's estimates. One evaluation of the model a step, order 2. The first step and the step to the clean
 * image are DDIM's.
 *
 * `next = (σ′/σ)·xt + (s′ − s·σ′/σ)·D`, `D = x0 + (x0 − x0 of the step before)·h/(2·h before)`, h the step in
 * `λ = ln(s/σ)`, s = √ᾱ, σ = √(1 − ᾱ)
 *
 * Steps as even as possible in λ serve it best; `timesteps` takes a list.
 *
 * @param model - trained by `ddimObjective`
 * @param params - borrowed
 * @param options - the model’s training, the timesteps to visit, and what all samplers share
 * @returns float32 `[count,H,W,C]`, on the host
 * @throws RangeError if an option is unknown or out of range
 * @throws the reason of `signal` if it is aborted
 * @see Lu et al. 2022, Algorithm 2 (arXiv:2211.01095)
 * @example
 * const images = await dpmSolverSample(model, params, {
 *   schedule, prediction: 'vPrediction', steps: 10, count: 16, imageShape: [28, 28, 1], rng: createRng(0),
 * });
 */
export async function dpmSolverSample(
  model: Model,
  params: Params,
  options: DpmSolverSampleOptions,
): Promise<NdArray<Float32Array>> {
  const fn = 'dpmSolverSample';
  checkOptions(fn, options, KEYS);
  const { order = 2, lowerOrderFinal = false, eulerAtFinal = false } = options;
  check(order === 1 || order === 2, fn, 'order', '1 or 2', order);
  const solver = dpmSolver({ order, lowerOrderFinal, eulerAtFinal });
  return diffusionSample(model, params, { fn, solver, options });
}
