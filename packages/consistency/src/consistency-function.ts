import { check, checkOptions, type OptionKeys } from '@immiscible/core';
import type { Model } from '@immiscible/core/tensors';
import { preconditioned } from '@immiscible/sampling';
import * as tf from '@tensorflow/tfjs-core';

/** How a network becomes a consistency function. */
export interface ConsistencyScaling {
  /** The level at which the function is the identity. @defaultValue 0.002 */
  readonly sigmaMin?: number;
  /** Standard deviation of the images' values. @defaultValue 0.5 */
  readonly sigmaData?: number;
  /** The network's time is this times ln σ. @defaultValue 250 */
  readonly timeScale?: number;
}

/** All keys of {@link ConsistencyScaling}. */
export const SCALING_KEYS: OptionKeys<ConsistencyScaling> = {
  sigmaMin: true,
  sigmaData: true,
  timeScale: true,
};

/** Scales at one noise level. */
export interface ConsistencyScales {
  /** The share of the sample in the answer. */
  readonly skip: number;
  /** That of the network's output. */
  readonly out: number;
  /** What the sample is multiplied by for the network. */
  readonly in: number;
  /** What the network gets as time. */
  readonly time: number;
}

/** ln σ is taken no lower than here: at σ = 0 the network's answer has no weight. */
const MIN_SIGMA = 1e-4;

/** Checked, with defaults filled in; without what else the options have. */
export function scalingOf(fn: string, scaling: ConsistencyScaling): Required<ConsistencyScaling> {
  const { sigmaMin = 0.002, sigmaData = 0.5, timeScale = 250 } = scaling;
  check(sigmaMin >= 0 && sigmaMin < Infinity, fn, 'sigmaMin', 'at least 0', sigmaMin);
  check(sigmaData > 0 && sigmaData < Infinity, fn, 'sigmaData', 'positive', sigmaData);
  check(timeScale > 0 && timeScale < Infinity, fn, 'timeScale', 'positive', timeScale);
  return { sigmaMin, sigmaData, timeScale };
}

/**
 * The scales of a consistency function at a noise level, in float64.
 *
 * `skip = σ_data² / ((σ − σ_min)² + σ_data²)`, `out = (σ − σ_min)·σ_data / √(σ² + σ_data²)`, `in = 1 / √(σ² + σ_data²)`
 *
 * @param sigma - at least `sigmaMin`
 * @param scaling - as in training
 * @throws RangeError if the level lies below `sigmaMin`
 * @see Song et al. 2023, Eq. 5 and Appendix C (arXiv:2303.01469)
 */
export function consistencyScales(sigma: number, scaling: ConsistencyScaling = {}): ConsistencyScales {
  const fn = 'consistencyScales';
  checkOptions(fn, scaling, SCALING_KEYS, 'scaling');
  const { sigmaMin, sigmaData, timeScale } = scalingOf(fn, scaling);
  check(sigma >= sigmaMin && sigma < Infinity, fn, 'sigma', `at least sigmaMin (${sigmaMin})`, sigma);
  const above = sigma - sigmaMin;
  const whole = Math.hypot(sigma, sigmaData);
  return {
    skip: sigmaData ** 2 / (above ** 2 + sigmaData ** 2),
    out: (above * sigmaData) / whole,
    in: 1 / whole,
    time: timeScale * Math.log(Math.max(sigma, MIN_SIGMA)),
  };
}

/**
 * A network as a consistency function: from any point of a path to the path's start,
 * `f(x, σ) = skip(σ)·x + out(σ)·network(in(σ)·x, timeScale·ln σ)`, `f(x, σ_min) = x`.
 *
 * @param model - trained by any of the consistency objectives
 * @param scaling - as in training
 * @returns a model that takes σ, float32 `[B]`, in place of time
 * @throws RangeError if an option is out of range
 * @see {@link consistencyScales}
 */
export function consistencyFunction(model: Model, scaling: ConsistencyScaling = {}): Model {
  const fn = 'consistencyFunction';
  checkOptions(fn, scaling, SCALING_KEYS, 'scaling');
  const { sigmaMin, sigmaData, timeScale } = scalingOf(fn, scaling);
  return preconditioned(fn, model, (sigma) => {
    const above = tf.sub(sigma, sigmaMin);
    const whole = tf.sqrt(tf.add(tf.square(sigma), sigmaData ** 2));
    return {
      skip: tf.div(sigmaData ** 2, tf.add(tf.square(above), sigmaData ** 2)),
      out: tf.div(tf.mul(above, sigmaData), whole),
      whole,
      time: tf.mul(tf.log(tf.maximum(sigma, MIN_SIGMA)), timeScale),
    };
  });
}
