import { check, checkOptions, type OptionKeys } from '@immiscible/core';
import type { Model, Params } from '@immiscible/core/tensors';
import {
  conversionForm,
  convertPrediction,
  runSampler,
  samplerOptions,
  type SamplerStep,
} from '@immiscible/schedulers';
import * as tf from '@tensorflow/tfjs-core';
import type { NdArray } from 'ndarray';
import { type Bound, boundOf } from './estimate.js';
import { DIFFUSION_KEYS, type DiffusionSamplerOptions, levels, scalesOf } from './levels.js';
import { ddimUpdate } from './update.js';

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

/** From so many steps on `lowerOrderFinal` is without effect (Lu et al.'s code). */
const MANY_STEPS = 15;

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
 * @param params - borrowed
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
  const { order = 2, prediction, lowerOrderFinal = false, eulerAtFinal = false } = options;
  check(order === 1 || order === 2, fn, 'order', '1 or 2', order);
  const bound = boundOf(fn, options);
  let before = Infinity;
  const visited = levels(fn, options);
  const lowered = eulerAtFinal || (lowerOrderFinal && visited.length < MANY_STEPS) ? visited.length - 1 : -1;
  const steps = visited.map(({ timestep, alphaBar, alphaBarNext }, i): SamplerStep => {
    const form = conversionForm(prediction, 'x0', scalesOf(alphaBar));
    const h = halfLogSnr(alphaBarNext) - halfLogSnr(alphaBar);
    // 0 at the first step, after a step from pure noise (an infinite one), and where h itself is infinite
    const first = order === 1 || i === lowered || h === Infinity || before === Infinity;
    const backward = first ? 0 : h / (2 * before);
    before = h;
    const next = alphaBarNext === alphaBar ? { x0: 0, xt: 1 } : ddimUpdate(alphaBar, alphaBarNext, 0);
    return {
      time: timestep,
      update: (sample, predict, _draw, carried) => {
        const x0 = bounded(bound, convertPrediction(sample, predict(sample, timestep), form));
        const direction =
          backward === 0 || carried === undefined
            ? x0
            : tf.sub(tf.mul(x0, 1 + backward), tf.mul(carried, backward));
        const xt = convertPrediction(sample, direction as tf.Tensor4D, { xt: next.xt, output: next.x0 });
        return order === 1 ? xt : { xt, carry: x0 };
      },
    };
  });
  return runSampler(fn, model, params, steps, samplerOptions(options));
}

/** λ = ½·ln(ᾱ/(1 − ᾱ)); −∞ for pure noise, ∞ for the clean image. */
function halfLogSnr(alphaBar: number): number {
  return Math.log(alphaBar / (1 - alphaBar)) / 2;
}

function bounded(bound: Bound | undefined, x0: tf.Tensor4D): tf.Tensor4D {
  return bound ? bound(x0) : x0;
}
