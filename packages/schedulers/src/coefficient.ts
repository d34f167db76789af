import { check } from '@immiscible/core';
import * as tf from '@tensorflow/tfjs-core';

/** One number for the whole batch, or a float32 tensor `[B]` with one for each sample. */
export type Coefficient = number | tf.Tensor;

/** `coefficient·x`, the coefficient of sample i on all of `x[i]`. */
export function scaled<T extends tf.Tensor>(fn: string, name: string, x: T, coefficient: Coefficient): T {
  if (typeof coefficient === 'number' || coefficient.rank === 0) return tf.mul(x, coefficient);
  check(
    coefficient.rank === 1 && coefficient.shape[0] === x.shape[0],
    fn,
    name,
    `a number or of shape [${x.shape[0]}]`,
    coefficient.shape,
  );
  return tf.mul(x, tf.reshape(coefficient, [-1, ...new Array<number>(x.rank - 1).fill(1)]));
}
