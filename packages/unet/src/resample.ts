import * as tf from '@tensorflow/tfjs-core';

/** Weights along each axis, to be divided by their sum: 2×2 boxes, or the smoother filter of StyleGAN2. */
export type Taps = readonly [1, 1] | readonly [1, 3, 3, 1];

/**
 * Half the height and width: each pixel is the mean of 2×2 pixels, or of 4×4 weighted by the taps, with zeros outside.
 *
 * @param x - float32 `[B,H,W,C]`, H and W even; borrowed
 * @returns float32 `[B,H/2,W/2,C]`; owned by the caller
 * @see Zhang 2019 (arXiv:1904.11486); Karras et al. 2020, StyleGAN2 (arXiv:1912.04958)
 */
export function downsample(x: tf.Tensor4D, taps: Taps): tf.Tensor4D {
  return tf.tidy(() => halve(taps.length === 4 ? average(x, 2, 1) : x));
}

/** Twice the height and width: four times the transpose of {@link downsample}; with taps of 1, each pixel twice. */
export function upsample(x: tf.Tensor4D, taps: Taps): tf.Tensor4D {
  return tf.tidy(() => {
    const doubled = double(x);
    return taps.length === 4 ? average(doubled, 2, 1) : doubled;
  });
}

/**
 * The taps at every pixel and half a pixel beyond: what a 3×3 convolution of stride 2 without padding makes half the size
 * of.
 *
 * @returns float32 `[B,H+1,W+1,C]`; owned by the caller
 */
export function blur(x: tf.Tensor4D, taps: Taps): tf.Tensor4D {
  return taps.length === 4 ? average(x, 3, 2) : average(x, 1, 1);
}

/**
 * The mean of 2×2 neighbors `times` times over, after `pad` zeros all around: [1, 2, 1]/4 along each axis for two times,
 * [1, 3, 3, 1]/8 for three. Its transpose is itself with `times − pad` zeros.
 */
function average(x: tf.Tensor4D, times: number, pad: number): tf.Tensor4D {
  return tf.customGrad((x) => ({
    value: smooth(x as tf.Tensor4D, times, pad),
    gradFunc: (dy: tf.Tensor4D) => smooth(dy, times, times - pad),
  }))(x) as tf.Tensor4D;
}

function smooth(x: tf.Tensor4D, times: number, pad: number): tf.Tensor4D {
  return tf.tidy(() => {
    const around: [number, number] = [pad, pad];
    let y: tf.Tensor4D = tf.pad(x, [[0, 0], around, around, [0, 0]]);
    for (let k = 0; k < times; k++) y = tf.avgPool(y, 2, 1, 'valid');
    return y;
  });
}

/** The mean of each block of 2×2. */
function halve(x: tf.Tensor4D): tf.Tensor4D {
  return tf.customGrad((x) => ({
    value: tf.avgPool(x as tf.Tensor4D, 2, 2, 'valid'),
    gradFunc: (dy: tf.Tensor4D) => tf.tidy(() => tf.mul(repeat(dy), 0.25)),
  }))(x) as tf.Tensor4D;
}

/** Each pixel as a block of 2×2. */
function double(x: tf.Tensor4D): tf.Tensor4D {
  return tf.customGrad((x) => ({
    value: repeat(x as tf.Tensor4D),
    gradFunc: (dy: tf.Tensor4D) => tf.tidy(() => tf.mul(tf.avgPool(dy, 2, 2, 'valid'), 4)),
  }))(x) as tf.Tensor4D;
}

function repeat(x: tf.Tensor4D): tf.Tensor4D {
  return tf.tidy(() => {
    const [batch, height, width, channels] = x.shape;
    const pixels = tf.reshape(x, [batch * height * width, 1, channels]);
    const columns = tf.reshape(tf.concat([pixels, pixels], 1), [batch * height, 1, 2 * width * channels]);
    return tf.reshape(tf.concat([columns, columns], 1), [batch, 2 * height, 2 * width, channels]);
  });
}
