import { check, checkInteger } from '@immiscible/core';
import type { Model, Params } from '@immiscible/core/tensors';
import {
  karrasSigmas,
  type Predict,
  runSampler,
  type SamplerOptions,
  type SamplerStep,
  type SigmaRange,
} from '@immiscible/schedulers';
import * as tf from '@tensorflow/tfjs-core';
import type { NdArray } from 'ndarray';

/** Options of {@link denoiserSample}. */
export interface DenoiserSampleOptions extends SamplerOptions, SigmaRange {
  /** How many noise levels above 0. @defaultValue 18 (Karras et al. 2022, CIFAR-10) */
  readonly steps?: number;
  /** The levels themselves instead: strictly falling, the last 0, or wherever to stop. */
  readonly sigmas?: ArrayLike<number>;
  /** 2 is Heun's method, 1 is Euler's, that is DDIM. @defaultValue 2 */
  readonly order?: 1 | 2;
  /** S_churn: how much noise is renewed over all steps; 0 draws none after the first. @defaultValue 0 */
  readonly churn?: number;
  /** S_tmin and S_tmax: the levels between which it is, both included. @defaultValue all */
  readonly churnRange?: readonly [low: number, high: number];
  /** S_noise: standard deviation of the renewed noise; a little more than 1 makes up for lost detail. @defaultValue 1 */
  readonly churnNoise?: number;
}

/** The largest share by which a level is raised. */
const MOST_CHURN = Math.SQRT2 - 1;

/**
 * Draws images with any denoiser by the stochastic sampler of EDM: each step first adds noise, up to a level σ̂ somewhat
 * above its own, then follows the ODE `dx/dσ = (x − D(x, σ))/σ` to the next level with Heun's method. 2·steps − 1
 * evaluations of the model.
 *
 * `σ̂ = σ·(1 + min(S_churn/steps, √2 − 1))`, `x̂ = x + √(σ̂² − σ²)·S_noise·noise`,
 * `next = x̂ + (σ′ − σ̂)·(d + d′)/2`, d and d′ the slopes at σ̂ and, after an Euler step, at σ′ (left out where σ′ = 0)
 *
 * @param denoiser - takes σ in place of time, as `edmDenoiser(model)` does
 * @param params - borrowed
 * @param options - `initial` is noise of variance one, as fresh noise is: it is multiplied by the first level
 * @returns float32 `[count,H,W,C]`, on the host; not clipped
 * @throws RangeError if an option is out of range
 * @throws the reason of `signal` if it is aborted
 * @see Karras et al. 2022, Algorithms 1 and 2 (arXiv:2206.00364)
 */
export async function denoiserSample(
  denoiser: Model,
  params: Params,
  options: DenoiserSampleOptions,
): Promise<NdArray<Float32Array>> {
  const fn = 'denoiserSample';
  const { churn = 0, churnRange = [0, Infinity], churnNoise = 1, order = 2 } = options;
  check(order === 1 || order === 2, fn, 'order', '1 or 2', order);
  check(churn >= 0 && churn < Infinity, fn, 'churn', 'at least 0', churn);
  check(churnRange[0] <= churnRange[1], fn, 'churnRange', '[low, high] with low <= high', churnRange);
  check(churnNoise >= 0 && churnNoise < Infinity, fn, 'churnNoise', 'at least 0', churnNoise);
  const levels = levelsOf(fn, options);
  const share = Math.min(churn / (levels.length - 1), MOST_CHURN);
  const steps = levels.slice(1).map((next, i): SamplerStep => {
    const sigma = levels[i] as number;
    const inside = sigma >= churnRange[0] && sigma <= churnRange[1];
    const raised = inside ? sigma * (1 + share) : sigma;
    const added = churnNoise * Math.sqrt(raised ** 2 - sigma ** 2);
    const move = order === 2 && next > 0 ? heun(raised, next) : euler(raised, next);
    return {
      time: raised,
      update: (xt, predict, noise) => {
        const scaled: tf.Tensor4D = i === 0 ? tf.mul(xt, sigma) : xt;
        return move(added > 0 ? tf.add(scaled, tf.mul(noise(), added)) : scaled, predict);
      },
    };
  });
  return runSampler(fn, denoiser, params, steps, options);
}

type Move = (x: tf.Tensor4D, predict: Predict) => tf.Tensor4D;

/** `x + (σ′ − σ)·(x − D)/σ`, a mean of x and D. */
function euler(sigma: number, next: number): Move {
  const kept = next / sigma;
  return (x, predict) => tf.add(tf.mul(x, kept), tf.mul(predict(x, sigma), 1 - kept));
}

/** `x + (σ′ − σ)/2·((x − D)/σ + (trial − D′)/σ′)` */
function heun(sigma: number, next: number): Move {
  const half = (next - sigma) / 2;
  const kept = next / sigma;
  return (x, predict) => {
    const denoised = predict(x, sigma);
    const trial: tf.Tensor4D = tf.add(tf.mul(x, kept), tf.mul(denoised, 1 - kept));
    const ahead = tf.mul(tf.sub(trial, predict(trial, next)), half / next);
    return tf.add(tf.add(x, tf.mul(tf.sub(x, denoised), half / sigma)), ahead);
  };
}

function levelsOf(fn: string, { steps, sigmas, ...range }: DenoiserSampleOptions): number[] {
  if (sigmas === undefined) {
    checkInteger(fn, 'steps', steps ?? 18, 2);
    return [0, ...karrasSigmas(steps ?? 18, range)].reverse();
  }
  const alone = steps === undefined;
  check(alone, fn, 'sigmas', 'given without steps', { steps }, 'leave one out');
  const levels = Array.from(sigmas);
  check(levels.length >= 2, fn, 'sigmas', 'a list of at least two levels', levels);
  levels.forEach((sigma, i) => {
    const above = i === 0 ? Infinity : (levels[i - 1] as number);
    check(sigma >= 0 && sigma < above, fn, `sigmas[${i}]`, `in [0, ${above})`, sigma);
  });
  return levels;
}
