import { checkOptions } from '@immiscible/core';
import type { Model, Params } from '@immiscible/core/tensors';
import { EULER, rungeKutta } from '@immiscible/sampling';
import type { NdArray } from 'ndarray';
import { flowSample } from './flow-sample.js';
import { FLOW_KEYS, type FlowSamplerOptions } from './flow-times.js';

/**
 * Draws images by Euler's method: one evaluation of the model a step, order 1, and exact in any number of steps where
 * paths are straight.
 *
 * `next = xt + (t′ − t)·velocity(xt, t)`, t falling from 1 to 0
 *
 * @param model - trained by `flowMatchingObjective`
 * @param params - borrowed
 * @param options - `steps` or `times`, and what all samplers share
 * @returns float32 `[count,H,W,C]`, on the host
 * @throws RangeError if an option is unknown or out of range
 * @throws the reason of `signal` if it is aborted
 * @see Liu et al. 2023, section 2 (arXiv:2209.03003)
 * @example
 * const images = await eulerSample(model, params, {
 *   steps: 10, count: 16, imageShape: [28, 28, 1], rng: createRng(0),
 * });
 */
export async function eulerSample(
  model: Model,
  params: Params,
  options: FlowSamplerOptions,
): Promise<NdArray<Float32Array>> {
  const fn = 'eulerSample';
  checkOptions(fn, options, FLOW_KEYS);
  return flowSample(model, params, { fn, solver: rungeKutta(EULER), options });
}
