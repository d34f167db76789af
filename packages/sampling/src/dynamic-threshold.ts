import { check, checkOptions, type OptionKeys } from '@immiscible/core';
import * as tf from '@tensorflow/tfjs-core';

/** Options of {@link dynamicThreshold}. */
export interface DynamicThreshold {
  /** Which quantile of the absolute values of an image is brought to 1, in (0, 1]. @defaultValue 0.995 */
  readonly quantile?: number;
  /** Beyond this, values are clipped rather than shrunk. @defaultValue no limit */
  readonly max?: number;
}

/**
 * Brings estimates of clean images back to [−1, 1], each by its own factor: where more than a few of an image's values
 * lie outside, all of them shrink, so that it isn't saturated (as clipping would leave it under strong guidance).
 *
 * `s = min(max(quantile(|x0|), 1), max)`, `clip(x0, −s, s)/s`, quantiles interpolated linearly
 *
 * @param x0 - float32 `[B,H,W,C]`; borrowed
 * @param options - which quantile, and its limit
 * @returns float32, shape of `x0`, in [−1, 1]; owned by the caller
 * @throws RangeError if an option is out of range
 * @see Saharia et al. 2022, section 2.3 (arXiv:2205.11487)
 */
export function dynamicThreshold(x0: tf.Tensor4D, options: DynamicThreshold = {}): tf.Tensor4D {
  const fn = 'dynamicThreshold';
  checkOptions(fn, options, { quantile: true, max: true } satisfies OptionKeys<DynamicThreshold>);
  const { quantile = 0.995, max = Infinity } = options;
  check(quantile > 0 && quantile <= 1, fn, 'quantile', 'in (0, 1]', quantile);
  check(max > 0, fn, 'max', 'positive', max);
  return tf.tidy(() => {
    const [count, ...sizes] = x0.shape;
    const pixels = sizes.reduce((a, b) => a * b, 1);
    if (count === 0 || pixels === 0) return tf.clone(x0);
    const rank = quantile * (pixels - 1);
    const lower = Math.floor(rank);
    const share = rank - lower;
    // The largest values, falling: the last is of rank `lower`, the one before of the next.
    const top = tf.topk(tf.reshape(tf.abs(x0), [count, pixels]), pixels - lower).values;
    const at = (fromEnd: number) => tf.slice(top, [0, pixels - lower - 1 - fromEnd], [count, 1]);
    const value = share > 0 ? tf.add(tf.mul(at(0), 1 - share), tf.mul(at(1), share)) : at(0);
    const least = tf.maximum(value, 1);
    const s = tf.reshape(max < Infinity ? tf.minimum(least, max) : least, [count, 1, 1, 1]);
    return tf.clipByValue(tf.div(x0, s), -1, 1);
  });
}
