import * as tf from '@tensorflow/tfjs-core';

/**
 * Moves blocks of r×r pixels into channels: channel `(i·r + j)·C + c` of the result is channel c of the pixel at
 * row i, column j of the block, as TensorFlow's `space_to_depth`.
 *
 * @param x - float32 `[B,H,W,C]`, H and W multiples of r; borrowed
 * @returns float32 `[B,H/r,W/r,r²C]`; owned by the caller
 */
export function spaceToDepth(x: tf.Tensor4D, r: number): tf.Tensor4D {
  if (r === 1) return tf.clone(x);
  const [batch, height, width, channels] = x.shape;
  return tf.tidy(() => {
    // Rank 4 throughout: [B·H/r, r, W/r, r·C] with the middle axes swapped.
    const rows = tf.reshape(x, [(batch * height) / r, r, width / r, r * channels]);
    return tf.reshape(tf.transpose(rows, [0, 2, 1, 3]), [batch, height / r, width / r, r * r * channels]);
  });
}

/** The inverse of {@link spaceToDepth}: float32 `[B,H,W,r²C]` to `[B,rH,rW,C]`. */
export function depthToSpace(x: tf.Tensor4D, r: number): tf.Tensor4D {
  if (r === 1) return tf.clone(x);
  const [batch, height, width, depth] = x.shape;
  const channels = depth / (r * r);
  return tf.tidy(() => {
    const columns = tf.reshape(x, [batch * height, width, r, r * channels]);
    return tf.reshape(tf.transpose(columns, [0, 2, 1, 3]), [batch, height * r, width * r, channels]);
  });
}
