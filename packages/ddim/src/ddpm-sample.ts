import { checkOptions, type OptionKeys } from '@immiscible/core';
import type { Model, Params } from '@immiscible/core/tensors';
import { runSampler, samplerOptions } from '@immiscible/sampling';
import type { NdArray } from 'ndarray';
import { diffusionSteps } from './diffusion-steps.js';
import { DIFFUSION_KEYS, type DiffusionSamplerOptions } from './visited-steps.js';
import { ancestralUpdate, type Variance } from './transitions.js';

/** Options of {@link ddpmSample}. */
export interface DdpmSampleOptions extends DiffusionSamplerOptions {
  /**
   * Of the noise that a step adds. Over all timesteps the two differ little; over few, `fixedLarge` is too noisy.
   *
   * @defaultValue `'fixedSmall'`
   */
  readonly variance?: Variance;
}

const KEYS: OptionKeys<DdpmSampleOptions> = { ...DIFFUSION_KEYS, variance: true };

/**
 * Draws images with DDPM's ancestral sampler, by default over all timesteps. On a sub-sequence, a step's α is the ratio
 * of the two ᾱ (Nichol & Dhariwal 2021, section 4).
 *
 * @param model - trained by `ddimObjective`
 * @param params - borrowed
 * @param options - the model’s training, the timesteps to visit, and what all samplers share
 * @returns float32 `[count,H,W,C]`, on the host
 * @throws RangeError if an option is unknown or out of range
 * @throws the reason of `signal` if it is aborted
 * @see Ho et al. 2020, Algorithm 2 (arXiv:2006.11239)
 * @example
 * const images = await ddpmSample(model, params, {
 *   schedule, prediction: 'epsilon', count: 16, imageShape: [28, 28, 1], rng: createRng(0),
 * });
 */
export async function ddpmSample(
  model: Model,
  params: Params,
  options: DdpmSampleOptions,
): Promise<NdArray<Float32Array>> {
  const fn = 'ddpmSample';
  checkOptions(fn, options, KEYS);
  const { variance = 'fixedSmall' } = options;
  const transition = (from: number, to: number) => ancestralUpdate(from, to, variance);
  const steps = diffusionSteps(fn, options, { transition });
  return runSampler(model, params, { fn, steps, ...samplerOptions(options) });
}
