import * as tf from '@tensorflow/tfjs-core';

/**
 * The transformer's sinusoidal embedding, in DDPM's form: `[sin(t·f_0) … sin(t·f_(h−1)), cos(t·f_0) … cos(t·f_(h−1))]`
 * with h = channels/2 and `f_i = 10000^(−i/(h − 1))`.
 *
 * @param time - float32 `[B]`; borrowed
 * @param channels - an even number of at least 4
 * @returns float32 `[B,channels]`; owned by the caller
 * @see Vaswani et al. 2017, section 3.5 (arXiv:1706.03762); `get_timestep_embedding` of DDPM's code
 */
export function timeEmbedding(time: tf.Tensor1D, channels: number): tf.Tensor2D {
  const half = channels / 2;
  return tf.tidy(() => {
    const frequencies = Float32Array.from({ length: half }, (_, i) => 10000 ** (-i / (half - 1)));
    const angles = tf.mul(tf.reshape(time, [-1, 1]), tf.tensor2d(frequencies, [1, half]));
    return tf.concat2d([tf.sin(angles) as tf.Tensor2D, tf.cos(angles) as tf.Tensor2D], 1);
  });
}
