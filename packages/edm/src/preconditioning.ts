import { check, checkOptions, type OptionKeys } from '@immiscible/core';
import type { Model } from '@immiscible/core/tensors';
import { preconditioned } from '@immiscible/sampling';
import * as tf from '@tensorflow/tfjs-core';

/** How a network becomes a denoiser. */
export interface EdmScaling {
  /** Standard deviation of the images' values. @defaultValue 0.5 (Karras et al. 2022) */
  readonly sigmaData?: number;
  /**
   * The network's time is this times ln σ. A sinusoidal embedding made for timestep indices tells levels apart better
   * with 250, which is also what `@immiscible/consistency` has.
   *
   * @defaultValue 0.25 (Karras et al. 2022)
   */
  readonly timeScale?: number;
}

/** All keys of {@link EdmScaling}. */
export const SCALING_KEYS: OptionKeys<EdmScaling> = { sigmaData: true, timeScale: true };

/** Scales at one noise level: `D(x, σ) = skip·x + out·network(in·x, time)`. */
export interface EdmScales {
  /** c_skip, the share of the sample in the estimate. */
  readonly skip: number;
  /** c_out, that of the network's output. */
  readonly out: number;
  /** c_in, what the sample is multiplied by for the network. */
  readonly in: number;
  /** c_noise: what the network gets as time. */
  readonly time: number;
}

/** Checked, with defaults filled in. */
export function scalingOf(fn: string, scaling: EdmScaling): Required<EdmScaling> {
  const { sigmaData = 0.5, timeScale = 0.25 } = scaling;
  check(sigmaData > 0 && sigmaData < Infinity, fn, 'sigmaData', 'positive', sigmaData);
  check(timeScale > 0 && timeScale < Infinity, fn, 'timeScale', 'positive', timeScale);
  return { sigmaData, timeScale };
}

/**
 * The scales of a denoiser at a noise level, in float64: those for which the network's input and what it is to answer
 * have variance one, and its errors are magnified least.
 *
 * `skip = σ_data²/(σ² + σ_data²)`, `out = σ·σ_data/√(σ² + σ_data²)`, `in = 1/√(σ² + σ_data²)`, `time = ¼·ln σ`
 *
 * @param sigma - positive
 * @param scaling - as in training
 * @throws RangeError if the level or an option is out of range
 * @see Karras et al. 2022, Eq. 7 and table 1 (arXiv:2206.00364)
 */
export function edmScales(sigma: number, scaling: EdmScaling = {}): EdmScales {
  const fn = 'edmScales';
  checkOptions(fn, scaling, SCALING_KEYS, 'scaling');
  const { sigmaData, timeScale } = scalingOf(fn, scaling);
  check(sigma > 0 && sigma < Infinity, fn, 'sigma', 'positive', sigma);
  const whole = Math.hypot(sigma, sigmaData);
  return {
    skip: (sigmaData / whole) ** 2,
    out: (sigma * sigmaData) / whole,
    in: 1 / whole,
    time: timeScale * Math.log(sigma),
  };
}

/**
 * A network as a denoiser: the estimate of the clean image in `x0 + σ·noise`,
 * `D(x, σ) = skip(σ)·x + out(σ)·network(in(σ)·x, timeScale·ln σ)`.
 *
 * @param model - trained by `edmObjective`
 * @param scaling - as in training
 * @returns a model that takes σ, float32 `[B]` and positive, in place of time
 * @throws RangeError if an option is out of range
 * @see {@link edmScales}
 * @example
 * const denoised = edmDenoiser(model).apply(params, xt, tf.tensor1d([80, 0.3]));
 */
export function edmDenoiser(model: Model, scaling: EdmScaling = {}): Model {
  const fn = 'edmDenoiser';
  checkOptions(fn, scaling, SCALING_KEYS, 'scaling');
  const { sigmaData, timeScale } = scalingOf(fn, scaling);
  return preconditioned(fn, model, (sigma) => {
    const whole = tf.sqrt(tf.add(tf.square(sigma), sigmaData ** 2));
    return {
      skip: tf.square(tf.div(sigmaData, whole)),
      out: tf.div(tf.mul(sigma, sigmaData), whole),
      whole,
      time: tf.mul(tf.log(sigma), timeScale),
    };
  });
}
