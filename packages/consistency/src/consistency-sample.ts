import { check, checkOptions, type OptionKeys } from '@immiscible/core';
import type { Model, Params } from '@immiscible/core/tensors';
import { renoised, runSolver, SAMPLER_KEYS, type SamplerOptions, samplerOptions } from '@immiscible/sampling';
import type { NdArray } from 'ndarray';
import { type ConsistencyScaling, SCALING_KEYS, scalingOf } from './consistency-function.js';
import { consistencyView } from './consistency-view.js';

/** Options of {@link consistencySample}. */
export interface ConsistencySampleOptions extends SamplerOptions, ConsistencyScaling {
  /**
   * Noise levels, falling, one for each evaluation of the model: the first is that of the pure noise.
   * @defaultValue `[80]`, one step
   */
  readonly sigmas?: readonly number[];
  /** Whether each answer is clipped to [−1, 1]. @defaultValue true */
  readonly clip?: boolean;
}

const KEYS: OptionKeys<ConsistencySampleOptions> = {
  ...SAMPLER_KEYS,
  ...SCALING_KEYS,
  sigmas: true,
  clip: true,
};

/** @throws RangeError unless there are levels, and they fall and don't go below the lowest, at which the answer is the sample */
export function checkSigmas(fn: string, sigmas: readonly number[], sigmaMin: number): void {
  check(sigmas.length > 0, fn, 'sigmas', 'at least one noise level', sigmas);
  sigmas.forEach((sigma, i) => {
    const above = i === 0 ? Infinity : (sigmas[i - 1] as number);
    check(sigma >= sigmaMin && sigma < above, fn, `sigmas[${i}]`, `in [${sigmaMin}, ${above})`, sigma);
  });
}

/**
 * Draws images with a consistency model: from noise to images in one evaluation, or in several, noised again to lower levels in between.
 *
 * `x = f(σ_1·noise, σ_1)`, then `x = f(x + √(σ² − σ_min²)·noise, σ)` for each further level
 *
 * @param model - trained by any of the consistency objectives
 * @param params - borrowed
 * @param options - noise levels, scaling as in training, and what all samplers share
 * @returns float32 `[count,H,W,C]`, on the host
 * @throws RangeError if an option is unknown or out of range
 * @throws the reason of `signal` if it is aborted
 * @see Song et al. 2023, Algorithm 1 (arXiv:2303.01469)
 * @example
 * const images = await consistencySample(model, params, {
 *   sigmas: [80, 0.8], count: 16, imageShape: [32, 32, 3], rng: createRng(0),
 * });
 */
export async function consistencySample(
  model: Model,
  params: Params,
  options: ConsistencySampleOptions,
): Promise<NdArray<Float32Array>> {
  const fn = 'consistencySample';
  checkOptions(fn, options, KEYS);
  const { sigmas = [80], clip = true } = options;
  const scaling = scalingOf(fn, options);
  const { sigmaMin } = scaling;
  checkSigmas(fn, sigmas, sigmaMin);
  const view = consistencyView({ ...scaling, clip });
  const problem = { view, solver: renoised({ sigmaMin }), grid: [...sigmas, 0] };
  return runSolver(model, params, { fn, ...problem, ...samplerOptions(options) });
}
