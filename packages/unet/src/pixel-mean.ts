import * as tf from '@tensorflow/tfjs-core';

/** Elements from which pooling is the faster way, measured. */
const POOLED_FROM = 2 ** 19;

/**
 * The mean over all pixels of an image: float32 `[B,H,W,C]`, borrowed, to `[B,C]`. For TensorFlow a pooling over the
 * whole image is up to twice as fast as a mean over two axes, but costs about 0.1 ms at least.
 */
export function pixelMean(x: tf.Tensor4D): tf.Tensor2D {
  const [batch, height, width, channels] = x.shape;
  if (x.size < POOLED_FROM) return tf.mean(x, [1, 2]);
  return tf.reshape(tf.avgPool(x, [height, width], 1, 'valid'), [batch, channels]);
}
