import { checkOptions, type OptionKeys } from '@immiscible/core';
import type { Model, Params } from '@immiscible/core/tensors';
import { runSolver, samplerOptions } from '@immiscible/sampling';
import type { NdArray } from 'ndarray';
import { DENOISER_KEYS, type DenoiserSampleOptions, denoiserProblem } from './denoiser-sample.js';
import { edmDenoiser, type EdmScaling, SCALING_KEYS } from './preconditioning.js';

/** Options of {@link edmSample}. */
export interface EdmSampleOptions extends DenoiserSampleOptions, EdmScaling {}

const KEYS: OptionKeys<EdmSampleOptions> = { ...DENOISER_KEYS, ...SCALING_KEYS };

/**
 * Draws images with a network trained by `edmObjective`: {@link denoiserSample} of its {@link edmDenoiser}.
 *
 * @param model - trained by `edmObjective`
 * @param params - borrowed
 * @param options - `sigmaData` and `timeScale` as in training
 * @returns float32 `[count,H,W,C]`, on the host; not clipped
 * @throws RangeError if an option is unknown or out of range
 * @throws the reason of `signal` if it is aborted
 * @see Karras et al. 2022, Algorithm 2 (arXiv:2206.00364)
 * @example
 * const images = await edmSample(model, params, {
 *   steps: 18, count: 16, imageShape: [32, 32, 3], rng: createRng(0),
 * });
 */
export async function edmSample(
  model: Model,
  params: Params,
  options: EdmSampleOptions,
): Promise<NdArray<Float32Array>> {
  const fn = 'edmSample';
  checkOptions(fn, options, KEYS);
  const { sigmaData, timeScale } = options;
  const denoiser = edmDenoiser(model, {
    ...(sigmaData !== undefined && { sigmaData }),
    ...(timeScale !== undefined && { timeScale }),
  });
  return runSolver(denoiser, params, { fn, ...denoiserProblem(fn, options), ...samplerOptions(options) });
}
