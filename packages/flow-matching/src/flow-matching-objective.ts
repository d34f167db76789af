import { check, checkOptions, checkRng, checkSameShape, type OptionKeys, type Rng } from '@immiscible/core';
import type { Objective } from '@immiscible/core/tensors';
import {
  applyOptions,
  checkBatch,
  eachSample,
  type ImageInputs,
  imageInputs,
  normalDraw,
  type NormalOptions,
  stratifiedUniforms,
} from '@immiscible/schedulers';
import * as tf from '@tensorflow/tfjs-core';
import ndarray, { type NdArray } from 'ndarray';
import { checkTimeScale, TIME_SCALE } from './flow-times.js';

/** Draws the times of one batch on the host: float32, each in [0, 1]. */
export type TimeDraw = (count: number, rng: Rng) => Float32Array;

/** Options of {@link flowMatchingObjective}. */
export interface FlowMatchingObjectiveOptions {
  /**
   * What t is multiplied by before the model gets it. A sinusoidal embedding made for timestep indices needs numbers of
   * that size; samplers must use the same one.
   *
   * @defaultValue 1000
   */
  readonly timeScale?: number;
  /** Draws the times of a batch. @defaultValue `uniformTimes` */
  readonly times?: TimeDraw;
}

/** What one step of {@link flowMatchingObjective} takes. */
export type FlowMatchingInputs = ImageInputs & {
  /** float32 `[B]`, each in [0, 1]; 1 is pure noise. */
  readonly t: NdArray<Float32Array>;
};

/**
 * Times of one batch, each uniform in [0, 1).
 *
 * @param count - batch size
 * @param rng - a stream of random numbers
 * @see Liu et al. 2023, Eq. 1 (arXiv:2209.03003)
 */
export function uniformTimes(count: number, rng: Rng): Float32Array {
  checkRng('uniformTimes', rng);
  return rng.fillUniform(new Float32Array(count));
}

/**
 * Times of one batch, one in each of `count` equal parts of [0, 1), in random order: each is uniform, and the loss of a
 * batch varies less.
 *
 * @param count - batch size
 * @param rng - a stream of random numbers
 */
export function stratifiedTimes(count: number, rng: Rng): Float32Array {
  checkRng('stratifiedTimes', rng);
  return Float32Array.from(stratifiedUniforms(count, rng));
}

/**
 * Draws times that are logit-normal: mostly in the middle, where velocity is hardest to know, rarely at the ends.
 *
 * `t = 1/(1 + exp(−n))`, `n ~ N(mean, std²)`
 *
 * @param options - @defaultValue mean 0, std 1; a positive mean is more noise
 * @throws RangeError if an option is out of range
 * @see Esser et al. 2024, section 3.1 (arXiv:2403.03206)
 * @example
 * const objective = flowMatchingObjective({ times: logitNormalTimes() });
 */
export function logitNormalTimes(options: NormalOptions = {}): TimeDraw {
  const fn = 'logitNormalTimes';
  const normal = normalDraw(fn, options, { mean: 0, std: 1 });
  return (count, rng) => {
    checkRng(fn, rng);
    return Float32Array.from({ length: count }, () => 1 / (1 + Math.exp(-normal(rng))));
  };
}

/**
 * Training of a rectified flow: straight lines from images (t = 0) to noise (t = 1), and a model of their velocity.
 *
 * `xt = (1 − t)·x0 + t·noise`, `loss = mean (velocity − model(xt, timeScale·t))²`, `velocity = dxt/dt = noise − x0`
 *
 * Much of the literature counts the other way: with s = 1 − t its `x1` is our `x0`, its `x0` our `noise`, and its
 * velocity the negative of ours.
 *
 * @param options - draw and scale of time
 * @throws RangeError if an option is unknown or `timeScale` isn't positive
 * @see Liu et al. 2023, Eq. 1 (arXiv:2209.03003); Lipman et al. 2023, Eq. 23 with σ_min = 0 (arXiv:2210.02747)
 * @example
 * const objective = flowMatchingObjective();
 */
export function flowMatchingObjective(
  options: FlowMatchingObjectiveOptions = {},
): Objective<FlowMatchingInputs> {
  const fn = 'flowMatchingObjective';
  checkOptions(fn, options, {
    timeScale: true,
    times: true,
  } satisfies OptionKeys<FlowMatchingObjectiveOptions>);
  const { timeScale = TIME_SCALE, times = uniformTimes } = options;
  checkTimeScale(fn, timeScale);
  return {
    prepare: (batch, rng) => {
      checkBatch(fn, batch);
      checkRng(fn, rng);
      const count = batch.x0.shape[0] as number;
      const t = times(count, rng);
      check(t.length === count, fn, 'times', `a draw of ${count} values, one an image`, t.length);
      for (const value of t) check(value >= 0 && value <= 1, fn, 'each time', 'in [0, 1]', value);
      return { ...imageInputs(fn, batch, rng), t: ndarray(t, [count]) };
    },
    loss: (model, params, inputs) =>
      tf.tidy(() => {
        const x0 = inputs.x0 as tf.Tensor4D;
        // One tensor is the target and carries the noise into the sample.
        const velocity = tf.sub(inputs.noise, x0);
        const xt: tf.Tensor4D = tf.add(x0, tf.mul(eachSample(inputs.t), velocity));
        const time: tf.Tensor1D = tf.mul(inputs.t, timeScale);
        const output = model.apply(params, xt, time, applyOptions(inputs));
        checkSameShape(fn, "the model's output", output.shape, 'its input', xt.shape);
        return tf.mean(tf.square(tf.sub(velocity, output)));
      }),
  };
}
