import * as tf from '@tensorflow/tfjs-core';

/** `SiLU(y) = y·σ(y)` and what its gradient needs. */
export function siluForward<T extends tf.Tensor>(y: T): { value: T; sigmoid: T } {
  const sigmoid = tf.sigmoid(y);
  return { value: tf.mul(y, sigmoid), sigmoid };
}

/** `dy = dz·(σ + z·(1 − σ))` with `z = SiLU(y)`: y itself need not be kept. */
export function siluBackward<T extends tf.Tensor>(dz: T, value: T, sigmoid: T): T {
  const slope: T = tf.add(sigmoid, tf.mul(value, tf.sub(1, sigmoid)));
  return tf.mul(dz, slope);
}

/**
 * `x·σ(x)`, with a gradient of four operations.
 *
 * @see Elfwing et al. 2018 (arXiv:1702.03118); "swish" in DDPM's code
 */
export function silu<T extends tf.Tensor>(x: T): T {
  return tf.customGrad((x, save) => {
    const { value, sigmoid } = siluForward(x as T);
    (save as tf.GradSaveFunc)([value, sigmoid]);
    return {
      value,
      gradFunc: (dz: T, saved: tf.Tensor[]) => siluBackward(dz, saved[0] as T, saved[1] as T),
    };
  })(x);
}
