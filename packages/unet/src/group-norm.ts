import * as tf from '@tensorflow/tfjs-core';
import { siluBackward, siluForward } from './silu.js';

export interface GroupNormOptions {
  /** Number of groups; divides the number of channels. */
  readonly groups: number;
  /** Added to the variance. */
  readonly epsilon: number;
  /** Whether SiLU follows. */
  readonly silu: boolean;
}

/**
 * Group normalization of `x + shift`, and SiLU after it if wanted, as one operation with a gradient of its own.
 *
 * `y = (x + shift − μ) / √(σ² + ε)·scale + offset`, with μ and σ² over the pixels and channels of a group, for each
 * image alone; then `y·sigmoid(y)`.
 *
 * Composed of TensorFlow.js operations and their gradients, this is the dearest part of a small U-Net: its cost is the
 * number of passes over `[B,H,W,C]`. Here forward takes 7 and backward 11; all else has size `[B,C]`. The shift (a
 * bias, a time embedding) takes none: it moves means, and its gradient follows from sums that are there anyway.
 *
 * @param x - float32 `[B,H,W,C]`; borrowed
 * @param scale - float32 `[C]`; borrowed
 * @param offset - float32 `[C]`; borrowed
 * @param shift - float32 `[B,C]`, added to every pixel first; borrowed
 * @returns float32 `[B,H,W,C]`; owned by the caller
 * @see Wu & He 2018 (arXiv:1803.08494)
 */
export function groupNorm(
  x: tf.Tensor4D,
  scale: tf.Tensor1D,
  offset: tf.Tensor1D,
  options: GroupNormOptions,
  shift?: tf.Tensor2D,
): tf.Tensor4D {
  const operation = tf.customGrad((...inputs) => {
    const save = inputs.at(-1) as tf.GradSaveFunc;
    const { value, kept } = forward(x, scale, offset, options, shift);
    save(kept);
    return {
      value,
      gradFunc: (dValue: tf.Tensor4D, saved: tf.Tensor[]) => {
        const gradients = backward(dValue, saved, options);
        return shift ? gradients : gradients.slice(0, 3);
      },
    };
  });
  return shift ? operation(x, scale, offset, shift) : operation(x, scale, offset);
}

function forward(
  x: tf.Tensor4D,
  scale: tf.Tensor1D,
  offset: tf.Tensor1D,
  { groups, epsilon, silu }: GroupNormOptions,
  shift: tf.Tensor2D | undefined,
): { value: tf.Tensor4D; kept: tf.Tensor[] } {
  const [, height, width, channels] = x.shape;
  const pixels = height * width;
  const average = averagingMatrix(channels, groups, pixels);
  const sum = pixelSum(x);
  const shifted: tf.Tensor2D = shift ? tf.add(sum, tf.mul(shift, pixels)) : sum;
  const mean: tf.Tensor2D = tf.matMul(shifted, average);
  // What to subtract from x itself: x + shift − μ = x − center.
  const center: tf.Tensor2D = shift ? tf.sub(mean, shift) : mean;
  // σ² from deviations: E[x²] − μ² would cancel where μ is much larger than σ.
  const variance = tf.matMul(pixelSum(tf.squaredDifference(x, toPixels(center))), average);
  const inverse = tf.rsqrt(tf.add(variance, epsilon));
  const gain: tf.Tensor2D = tf.mul(inverse, scale);
  const constant: tf.Tensor2D = tf.sub(offset, tf.mul(center, gain));
  const y: tf.Tensor4D = tf.add(tf.mul(x, toPixels(gain)), toPixels(constant));

  const kept = [x, sum, center, inverse, gain, average];
  if (!silu) return { value: y, kept };
  const { value, sigmoid } = siluForward(y);
  return { value, kept: [...kept, value, sigmoid] };
}

/**
 * With sums over pixels `S1 = Σ dy`, `S2 = Σ dy·(x − center)` and means ⟨·⟩ over pixels and channels of a group:
 *
 * `dx = gain·dy − (P·x + Q)`, `P = ⟨gain·S2⟩ / (σ² + ε)`, `Q = ⟨gain·S1⟩ − P·center`;
 * `dscale = Σ_B S2 / √(σ² + ε)`, `doffset = Σ_B S1`, and `dshift = Σ dx` over pixels.
 */
function backward(dValue: tf.Tensor4D, saved: tf.Tensor[], { silu }: GroupNormOptions): tf.Tensor[] {
  const [x, sum, center, inverse, gain, average, value, sigmoid] = saved as [
    tf.Tensor4D,
    ...[tf.Tensor2D, tf.Tensor2D, tf.Tensor2D, tf.Tensor2D, tf.Tensor2D],
    ...[tf.Tensor4D, tf.Tensor4D],
  ];
  const pixels = x.shape[1] * x.shape[2];
  const dy = silu ? siluBackward(dValue, value, sigmoid) : dValue;
  const s1 = pixelSum(dy);
  const s2 = tf.sub(pixelSum(tf.mul(dy, x)), tf.mul(center, s1));
  const gainS1: tf.Tensor2D = tf.mul(gain, s1);
  const p: tf.Tensor2D = tf.mul(tf.matMul(tf.mul(gain, s2) as tf.Tensor2D, average), tf.square(inverse));
  const q: tf.Tensor2D = tf.sub(tf.matMul(gainS1, average), tf.mul(p, center));
  return [
    tf.sub(tf.mul(dy, toPixels(gain)), tf.add(tf.mul(x, toPixels(p)), toPixels(q))),
    tf.sum(tf.mul(s2, inverse), 0),
    tf.sum(s1, 0),
    tf.sub(gainS1, tf.add(tf.mul(p, sum), tf.mul(q, pixels))),
  ];
}

/** `[B,H,W,C]` to `[B,C]`. */
function pixelSum(x: tf.Tensor): tf.Tensor2D {
  return tf.sum(x, [1, 2]);
}

/** `[B,C]` to `[B,1,1,C]`, to be spread over the pixels. */
function toPixels(x: tf.Tensor2D): tf.Tensor4D {
  return tf.reshape(x, [x.shape[0], 1, 1, x.shape[1]]);
}

/**
 * `[C,C]`: sums over pixels, multiplied by it, become means over pixels and over the channels of the group, one for
 * each channel. A product replaces four operations that move axes about.
 */
function averagingMatrix(channels: number, groups: number, pixels: number): tf.Tensor2D {
  const perGroup = channels / groups;
  const values = new Float32Array(channels * channels);
  for (let i = 0; i < channels; i++) {
    const first = Math.floor(i / perGroup) * perGroup;
    values.fill(1 / (perGroup * pixels), i * channels + first, i * channels + first + perGroup);
  }
  return tf.tensor2d(values, [channels, channels]);
}
