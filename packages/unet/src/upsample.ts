import * as tf from '@tensorflow/tfjs-core';
import type { Params } from '@immiscible/core/tensors';
import { addBias, type Layer, paramOf } from './layers.js';

/**
 * How the rows of a 3×3 kernel add up to those of a 4×4 one. Of the pixels of an image with every pixel twice, the
 * first of a pair sees its left neighbor's value once and its own twice, the second its own twice and its right
 * neighbor's once.
 */
const ROWS = [
  [0, 0, 1],
  [0, 1, 1],
  [1, 1, 0],
  [1, 0, 0],
];

/** The same in both directions: `[16,9]`. */
const TAPS = ROWS.flatMap((rows) =>
  ROWS.map((columns) => rows.flatMap((row) => columns.map((column) => row * column))),
);

/**
 * Every pixel twice in both directions, then a 3×3 convolution without its bias: as one transposed convolution of stride 2
 * with the 4×4 kernel that the two make together. It takes 4/9 of the multiplications and never makes the large image.
 *
 * @param x - float32 `[B,H,W,in]`; borrowed
 * @returns float32 `[B,2H,2W,out]`; owned by the caller
 */
export function upsampleConvolveRaw(params: Params, layer: Layer, x: tf.Tensor4D): tf.Tensor4D {
  return tf.tidy(() => {
    const weight = paramOf<tf.Tensor4D>(params, layer.weight);
    const [, , inputs, outputs] = weight.shape;
    const joined = tf.matMul(tf.tensor2d(TAPS), tf.reshape(weight, [9, inputs * outputs]));
    const kernel: tf.Tensor4D = tf.transpose(tf.reshape(joined, [4, 4, inputs, outputs]), [0, 1, 3, 2]);
    const [batch, height, width] = x.shape;
    return tf.conv2dTranspose(x, kernel, [batch, 2 * height, 2 * width, outputs], 2, 'same');
  });
}

/** {@link upsampleConvolveRaw} with the bias. */
export function upsampleConvolve(params: Params, layer: Layer, x: tf.Tensor4D): tf.Tensor4D {
  return tf.tidy(() => addBias(upsampleConvolveRaw(params, layer, x), paramOf(params, layer.bias)));
}
