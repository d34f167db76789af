import { check, checkOptions, checkSameShape } from '@immiscible/core';
import type { ApplyOptions, Model, Params } from '@immiscible/core/tensors';
import {
  checkModel,
  checkPrediction,
  checkSchedule,
  eachSample,
  logSigmas,
  type NoiseSchedule,
  type Prediction,
} from '@immiscible/schedulers';
import * as tf from '@tensorflow/tfjs-core';

/** What a model was trained with. */
export interface DiffusionDenoiserOptions {
  /** The forward process. */
  readonly schedule: NoiseSchedule;
  /** What it predicts. */
  readonly prediction: Prediction;
}

/**
 * A model trained by `ddimObjective` as a denoiser for any noise level: the estimate of the clean image in `x0 + σ·noise`. With it
 * a diffusion model is sampled by `denoiserSample` of `@immiscible/edm`, and is a teacher for `consistencyDistillation`.
 *
 * `xt = x/√(1 + σ²)`, at the timestep where `σ = √(1 − ᾱ)/√ᾱ`, between two timesteps interpolated in ln σ; from its answer
 * `epsilon: x − σ·answer`, `x0: answer`, `vPrediction: (xt − σ·answer)/√(1 + σ²)`
 *
 * Levels beyond the schedule's get its first or last timestep that has any signal.
 *
 * @param model - trained by `ddimObjective`
 * @param options - how it was trained
 * @returns a model that takes σ, float32 `[B]` and positive, in place of time
 * @throws RangeError if the prediction is unknown or the schedule has one timestep only
 * @see Karras et al. 2022, table 1, column VP (arXiv:2206.00364)
 * @example
 * const denoiser = diffusionDenoiser(model, { schedule: linearSchedule(), prediction: 'vPrediction' });
 */
export function diffusionDenoiser(model: Model, options: DiffusionDenoiserOptions): Model {
  const fn = 'diffusionDenoiser';
  checkOptions(fn, options, { schedule: true, prediction: true });
  const { schedule, prediction } = options;
  checkModel(fn, model);
  checkSchedule(fn, schedule);
  checkPrediction(fn, prediction);
  // Where no signal is left, σ is infinite.
  const levels = [...logSigmas(schedule)].filter((level) => level < Infinity);
  check(levels.length >= 2, fn, 'schedule', 'one of at least two timesteps', schedule.timesteps);
  const starts = levels.slice(0, -1);
  const slopes = starts.map((level, t) => 1 / ((levels[t + 1] as number) - level));
  return {
    init: (rng) => model.init(rng),
    apply: (params: Params, x: tf.Tensor4D, sigma: tf.Tensor1D, given?: ApplyOptions) =>
      tf.tidy(() => {
        // How far the level is through each interval, all added up: piecewise linear interpolation.
        const beyond = tf.sub(tf.reshape(tf.log(sigma), [-1, 1]), tf.tensor1d(starts, 'float32'));
        const shares = tf.clipByValue(tf.mul(beyond, tf.tensor1d(slopes, 'float32')), 0, 1);
        const timestep = tf.sum<tf.Tensor1D>(shares, 1);
        const whole = eachSample(tf.sqrt(tf.add(tf.square(sigma), 1)));
        const xt: tf.Tensor4D = tf.div(x, whole);
        const answer = model.apply(params, xt, timestep, given);
        checkSameShape(fn, "the model's output", answer.shape, 'its input', x.shape);
        if (prediction === 'x0') return tf.clone(answer);
        const scaled = tf.mul(answer, eachSample(sigma));
        return prediction === 'epsilon'
          ? tf.sub(x, scaled)
          : (tf.div(tf.sub(xt, scaled), whole) as tf.Tensor4D);
      }),
  };
}
