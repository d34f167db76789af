import { checkOptions, type OptionKeys } from '@immiscible/core';
import type { Model, Params } from '@immiscible/core/tensors';
import {
  type Bound,
  boundOf,
  type Predict,
  runSampler,
  samplerOptions,
  type SamplerStep,
} from '@immiscible/sampling';
import { conversionForm, convertPrediction, type Prediction } from '@immiscible/schedulers';
import * as tf from '@tensorflow/tfjs-core';
import type { NdArray } from 'ndarray';
import { DIFFUSION_KEYS, type DiffusionSamplerOptions, visitedSteps, scalesOf } from './visited-steps.js';
import { ddimUpdate } from './transitions.js';

/** Options of {@link diffusionHeunSample}. */
export interface DiffusionHeunOptions extends DiffusionSamplerOptions {
  /** Whether the initial noise is multiplied by the first level's √(1 − ᾱ), a little less than 1. @defaultValue false */
  readonly scaleInitial?: boolean;
}

const KEYS: OptionKeys<DiffusionHeunOptions> = { ...DIFFUSION_KEYS, scaleInitial: true };

/**
 * Draws images by Heun's method for the ODE of a diffusion process in `x/√ᾱ` against `τ = √(1 − ᾱ)/√ᾱ`, whose
 * derivative is ε: a DDIM step, then one with the mean of the ε at both of its ends. Two evaluations of the model a step,
 * order 2. The steps to the clean image and from pure noise are DDIM's alone, since there is no ε at their ends. The loop is
 * its own, not the one of @immiscible/sampling: it keeps diffusers' order of rounding, which ε-prediction magnifies at the
 * noisiest levels.
 *
 * `trial = √ᾱ′·(xt/√ᾱ + (τ′ − τ)·ε)`, `next = trial + √ᾱ′·(τ′ − τ)/2·(ε′ − ε)`
 *
 * @param model - trained by `ddimObjective`
 * @param params - borrowed
 * @param options - the model’s training, the timesteps to visit, and what all samplers share
 * @returns float32 `[count,H,W,C]`, on the host
 * @throws RangeError if an option is unknown or out of range
 * @throws the reason of `signal` if it is aborted
 * @see Karras et al. 2022, Algorithm 1 with the scaling of the VP process (arXiv:2206.00364)
 * @example
 * const images = await diffusionHeunSample(model, params, {
 *   schedule, prediction: 'vPrediction', steps: 10, count: 16, imageShape: [28, 28, 1], rng: createRng(0),
 * });
 */
export async function diffusionHeunSample(
  model: Model,
  params: Params,
  options: DiffusionHeunOptions,
): Promise<NdArray<Float32Array>> {
  const fn = 'diffusionHeunSample';
  checkOptions(fn, options, KEYS);
  const { prediction, scaleInitial = false } = options;
  const bound = boundOf(fn, options);
  const visited = visitedSteps(fn, options);
  const steps = visited.map(({ timestep, alphaBar, alphaBarNext, next }): SamplerStep => {
    const estimate = estimator(prediction, timestep, alphaBar, bound);
    if (alphaBarNext === alphaBar) return { time: timestep, update: (sample) => tf.clone(sample) };
    const euler = ddimUpdate(alphaBar, alphaBarNext, 0);
    const step = (sample: tf.Tensor4D, x0: tf.Tensor4D): tf.Tensor4D =>
      convertPrediction(sample, x0, { xt: euler.xt, output: euler.x0 });
    if (alphaBar === 0 || alphaBarNext === 1) {
      return { time: timestep, update: (sample, predict) => step(sample, estimate(sample, predict)) };
    }
    // Without a next one it is the level of timestep 0.
    const estimateNext = estimator(prediction, Math.max(0, next), alphaBarNext, bound);
    const tau = (level: number) => Math.sqrt((1 - level) / level);
    const half = (Math.sqrt(alphaBarNext) * (tau(alphaBarNext) - tau(alphaBar))) / 2;
    return {
      time: timestep,
      update: (sample, predict) => {
        const x0 = estimate(sample, predict);
        const trial = step(sample, x0);
        const change = tf.sub(
          epsilonOf(trial, estimateNext(trial, predict), alphaBarNext),
          epsilonOf(sample, x0, alphaBar),
        );
        return tf.add(trial, tf.mul(change, half));
      },
    };
  });
  const begin = steps[0];
  if (scaleInitial && begin) {
    const scale = Math.sqrt(1 - (visited[0]?.alphaBar as number));
    steps[0] = { ...begin, update: (sample, ...rest) => begin.update(tf.mul(sample, scale), ...rest) };
  }
  return runSampler(model, params, { fn, steps, ...samplerOptions(options) });
}

/** The model's estimate of the clean image at a timestep. */
function estimator(
  prediction: Prediction,
  timestep: number,
  alphaBar: number,
  bound: Bound | undefined,
): (sample: tf.Tensor4D, predict: Predict) => tf.Tensor4D {
  const form = conversionForm(prediction, 'x0', scalesOf(alphaBar));
  return (sample, predict) => {
    const x0 = convertPrediction(sample, predict(sample, timestep), form);
    return bound ? bound(x0) : x0;
  };
}

/** The noise in a sample, from its estimated image. */
function epsilonOf(sample: tf.Tensor4D, x0: tf.Tensor4D, alphaBar: number): tf.Tensor4D {
  const noiseScale = Math.sqrt(1 - alphaBar);
  return convertPrediction(sample, x0, { xt: 1 / noiseScale, output: -Math.sqrt(alphaBar) / noiseScale });
}
