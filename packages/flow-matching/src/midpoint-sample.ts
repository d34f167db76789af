import { checkOptions } from '@immiscible/core';
import type { Model, Params } from '@immiscible/core/tensors';
import { MIDPOINT, rungeKutta } from '@immiscible/sampling';
import type { NdArray } from 'ndarray';
import { flowSample } from './flow-sample.js';
import { FLOW_KEYS, type FlowSamplerOptions } from './flow-times.js';

/**
 * Draws images by the midpoint method: each step goes all the way with the velocity found half-way. Two evaluations of
 * the model a step, order 2. Unlike Heun's method it never asks for the velocity at t = 0.
 *
 * `half = xt + (t′ − t)/2·velocity(xt, t)`, `next = xt + (t′ − t)·velocity(half, (t + t′)/2)`
 *
 * @param model - trained by `flowMatchingObjective`
 * @param params - borrowed
 * @param options - `steps` or `times`, and what all samplers share
 * @returns float32 `[count,H,W,C]`, on the host
 * @throws RangeError if an option is unknown or out of range
 * @throws the reason of `signal` if it is aborted
 * @see Lipman et al. 2024, section 3 (arXiv:2412.06264)
 * @example
 * const images = await midpointSample(model, params, {
 *   steps: 5, count: 16, imageShape: [28, 28, 1], rng: createRng(0),
 * });
 */
export async function midpointSample(
  model: Model,
  params: Params,
  options: FlowSamplerOptions,
): Promise<NdArray<Float32Array>> {
  const fn = 'midpointSample';
  checkOptions(fn, options, FLOW_KEYS);
  return flowSample(model, params, { fn, solver: rungeKutta(MIDPOINT), options });
}
