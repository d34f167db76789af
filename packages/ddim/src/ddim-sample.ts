import { check, checkOptions, type OptionKeys } from '@immiscible/core';
import type { Model, Params } from '@immiscible/core/tensors';
import { runSampler, samplerOptions } from '@immiscible/sampling';
import type { NdArray } from 'ndarray';
import { diffusionSteps, type EpsilonSource } from './diffusion-steps.js';
import { DIFFUSION_KEYS, type DiffusionSamplerOptions, type LeadsTo } from './visited-steps.js';
import { ddimUpdate } from './transitions.js';

/** Options of {@link ddimSample}. */
export interface DdimSampleOptions extends DiffusionSamplerOptions {
  /** η in [0, 1]: 0 draws nothing after the initial noise, 1 as much as DDPM. @defaultValue 0 */
  readonly eta?: number;
  /**
   * Where ε comes from in a step whose estimate of x0 was clipped: from the clipped estimate, or from the model's
   * answer as it is (diffusers' default).
   *
   * @defaultValue `'clipped'`
   */
  readonly epsilonFrom?: EpsilonSource;
  /**
   * Where a step leads: to the next entry of the list, or to `t − ⌊T/n⌋` with n entries, as in diffusers: where the entries lie further
   * apart, to a little more noise than the model is then told.
   *
   * @defaultValue `'nextTimestep'`
   */
  readonly leadsTo?: LeadsTo;
}

const KEYS: OptionKeys<DdimSampleOptions> = {
  ...DIFFUSION_KEYS,
  eta: true,
  epsilonFrom: true,
  leadsTo: true,
};

/**
 * Draws images with DDIM, on any sub-sequence of the timesteps.
 *
 * Where a step leads is the next entry of the same list, after the last one the clean image (ᾱ = 1). Predictions are
 * turned into an estimate of x0, clipped, and ε is derived from that.
 *
 * @param model - trained by `ddimObjective`
 * @param params - borrowed
 * @param options - the model’s training, the timesteps to visit, and what all samplers share
 * @returns float32 `[count,H,W,C]`, on the host
 * @throws RangeError if an option is unknown or out of range
 * @throws the reason of `signal` if it is aborted
 * @see Song et al. 2021, Eq. 12 (arXiv:2010.02502)
 * @example
 * const images = await ddimSample(model, params, {
 *   schedule, prediction: 'vPrediction', steps: 10, count: 16, imageShape: [28, 28, 1], rng: createRng(0),
 * });
 */
export async function ddimSample(
  model: Model,
  params: Params,
  options: DdimSampleOptions,
): Promise<NdArray<Float32Array>> {
  const fn = 'ddimSample';
  checkOptions(fn, options, KEYS);
  const { eta = 0, epsilonFrom = 'clipped', leadsTo = 'nextTimestep' } = options;
  check(eta >= 0 && eta <= 1, fn, 'eta', 'in [0, 1]', eta);
  const known = epsilonFrom === 'clipped' || epsilonFrom === 'model';
  check(known, fn, 'epsilonFrom', '"clipped" or "model"', epsilonFrom);
  const leads = leadsTo === 'nextTimestep' || leadsTo === 'evenStride';
  check(leads, fn, 'leadsTo', '"nextTimestep" or "evenStride"', leadsTo);
  const transition = (from: number, to: number) => ddimUpdate(from, to, eta);
  const steps = diffusionSteps(fn, options, { transition, epsilonFrom, leadsTo });
  return runSampler(model, params, { fn, steps, ...samplerOptions(options) });
}
