import type { Model } from '@immiscible/core/tensors';
import * as tf from '@tensorflow/tfjs-core';

/** A velocity field `slope(t)·xt + intercept(t)`, with a time for each sample. */
export const field = (
  slope: (t: number) => number,
  intercept: (t: number) => number,
  timeScale = 1000,
): Model => ({
  init: () => ({}),
  apply: (_, x, time) => {
    const each = (f: (t: number) => number) =>
      tf.reshape(tf.tensor1d(Array.from(time.dataSync(), (t) => f(t / timeScale))), [-1, 1, 1, 1]);
    return tf.add(tf.mul(x, each(slope)), each(intercept));
  },
});

/** E[noise − x0 | xt] for pixels of N(mean, sd²). */
export function gaussian(mean: number, sd: number, timeScale?: number): Model {
  const slope = (t: number) => (t - (1 - t) * sd ** 2) / ((1 - t) ** 2 * sd ** 2 + t ** 2);
  return field(slope, (t) => -mean - slope(t) * (1 - t) * mean, timeScale);
}
