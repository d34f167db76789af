import { check, checkOptions, checkRng, checkSameShape, type OptionKeys, type Rng } from '@immiscible/core';
import type { Objective } from '@immiscible/core/tensors';
import {
  applyOptions,
  checkBatch,
  eachSample,
  type ImageInputs,
  imageInputs,
  logNormalSigmas,
} from '@immiscible/schedulers';
import * as tf from '@tensorflow/tfjs-core';
import ndarray, { type NdArray } from 'ndarray';
import { edmScales, type EdmScaling, SCALING_KEYS, scalingOf } from './preconditioning.js';

/** Draws the noise levels of one batch on the host: `count` positive numbers. */
export type SigmaDraw = (count: number, rng: Rng) => ArrayLike<number>;

/** Options of {@link edmObjective}. */
export interface EdmObjectiveOptions extends EdmScaling {
  /** Draws the noise levels. @defaultValue `logNormalSigmas()`: P_mean −1.2, P_std 1.2 */
  readonly sigmas?: SigmaDraw;
  /**
   * How much the denoiser's squared error counts at a noise level.
   *
   * @defaultValue `(σ² + σ_data²)/(σ·σ_data)²`, so that the network's own error counts alike everywhere
   */
  readonly weighting?: (sigma: number) => number;
}

const KEYS: OptionKeys<EdmObjectiveOptions> = { ...SCALING_KEYS, sigmas: true, weighting: true };

/** What one step of {@link edmObjective} takes. */
export type EdmInputs = ImageInputs & {
  /** float32 `[B]`: σ of each sample. */
  readonly sigma: NdArray<Float32Array>;
  /** float32 `[B]`: the weight of the network's own squared error, where a weighting is given. */
  readonly weight?: NdArray<Float32Array>;
};

/**
 * Training of a denoiser at noise levels of any size: its mean squared error, weighted.
 *
 * `loss = mean λ(σ)·(D(x0 + σ·noise, σ) − x0)²`, `λ(σ) = (σ² + σ_data²)/(σ·σ_data)²`
 *
 * It is computed as the error of the network itself, in which nothing is divided by a small σ: with λ·out² = 1,
 * `loss = mean (network(in·xt, time) − target)²`, `target = (σ/σ_data·x0 − σ_data·noise)/√(σ² + σ_data²)`
 *
 * @param options - scaling, draw and weight of noise levels
 * @throws RangeError if an option is unknown or out of range; at `prepare`, if a drawn level or its weight is
 * @see Karras et al. 2022, Eq. 8 and table 1 (arXiv:2206.00364)
 * @example
 * const objective = edmObjective({ sigmaData: 0.5 });
 */
export function edmObjective(options: EdmObjectiveOptions = {}): Objective<EdmInputs> {
  const fn = 'edmObjective';
  checkOptions(fn, options, KEYS);
  const { sigmas = logNormalSigmas(), weighting } = options;
  const { sigmaData, timeScale } = scalingOf(fn, options);
  return {
    prepare: (batch, rng) => {
      checkBatch(fn, batch);
      checkRng(fn, rng);
      const count = batch.x0.shape[0] as number;
      const levels = sigmas(count, rng);
      check(levels.length === count, fn, 'sigmas', `a draw of ${count} levels, one an image`, levels.length);
      const sigma = Float32Array.from(levels);
      for (const level of sigma) check(level > 0 && level < Infinity, fn, 'each level', 'positive', level);
      const weightOf = (level: number): number => {
        const weight = (weighting as (sigma: number) => number)(level);
        check(weight >= 0 && weight < Infinity, fn, `the weight at σ = ${level}`, 'at least 0', weight);
        return weight * edmScales(level, { sigmaData }).out ** 2;
      };
      return {
        ...imageInputs(fn, batch, rng),
        sigma: ndarray(sigma, [count]),
        ...(weighting && { weight: ndarray(sigma.map(weightOf), [count]) }),
      };
    },
    loss: (model, params, inputs) =>
      tf.tidy(() => {
        const [x0, noise] = [inputs.x0 as tf.Tensor4D, inputs.noise as tf.Tensor4D];
        const sigma = eachSample(inputs.sigma);
        const whole = tf.sqrt(tf.add(tf.square(sigma), sigmaData ** 2));
        // Both are made of the same two tensors.
        const xt: tf.Tensor4D = tf.div(tf.add(x0, tf.mul(noise, sigma)), whole);
        const target = tf.div(tf.sub(tf.mul(x0, tf.div(sigma, sigmaData)), tf.mul(noise, sigmaData)), whole);
        const time: tf.Tensor1D = tf.mul(tf.log(inputs.sigma), timeScale);
        const output = model.apply(params, xt, time, applyOptions(inputs));
        checkSameShape(fn, "the model's output", output.shape, 'its input', xt.shape);
        const error = tf.square(tf.sub(target, output));
        return tf.mean(inputs.weight ? tf.mul(error, eachSample(inputs.weight)) : error);
      }),
  };
}
