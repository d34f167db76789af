import * as tf from '@tensorflow/tfjs-core';

/**
 * A number for each sample of a batch, in the shape that multiplies all of its pixels.
 *
 * @param values - `[B]`; borrowed
 * @returns `[B,1,1,1]`
 */
export function eachSample(values: tf.Tensor): tf.Tensor4D {
  return tf.reshape(values, [-1, 1, 1, 1]);
}
