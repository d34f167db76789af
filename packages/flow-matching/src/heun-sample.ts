import { checkOptions } from '@immiscible/core';
import type { Model, Params } from '@immiscible/core/tensors';
import { HEUN, rungeKutta } from '@immiscible/sampling';
import type { NdArray } from 'ndarray';
import { flowSample } from './flow-sample.js';
import { FLOW_KEYS, type FlowSamplerOptions } from './flow-times.js';

/**
 * Draws images by Heun's method: an Euler step, then one with the mean of the velocities at both of its ends. Two
 * evaluations of the model a step, order 2.
 *
 * `trial = xt + (t′ − t)·v`, `next = xt + (t′ − t)·(v + v′)/2`, `v = velocity(xt, t)`, `v′ = velocity(trial, t′)`
 *
 * @param model - trained by `flowMatchingObjective`
 * @param params - borrowed
 * @param options - `steps` or `times`, and what all samplers share
 * @returns float32 `[count,H,W,C]`, on the host
 * @throws RangeError if an option is unknown or out of range
 * @throws the reason of `signal` if it is aborted
 * @see Karras et al. 2022, Algorithm 1, which leaves out the last correction since its ODE is singular at 0
 * (arXiv:2206.00364); a rectified flow's isn't
 * @example
 * const images = await heunSample(model, params, {
 *   steps: 5, count: 16, imageShape: [28, 28, 1], rng: createRng(0),
 * });
 */
export async function heunSample(
  model: Model,
  params: Params,
  options: FlowSamplerOptions,
): Promise<NdArray<Float32Array>> {
  const fn = 'heunSample';
  checkOptions(fn, options, FLOW_KEYS);
  return flowSample(model, params, { fn, solver: rungeKutta(HEUN), options });
}
