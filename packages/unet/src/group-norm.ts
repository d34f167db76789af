import { checkOptions, type OptionKeys } from '@immiscible/core';
import * as tf from '@tensorflow/tfjs-core';
import { fusedGroupNorm, hasFusedGroupNorm } from './fused-group-norm.js';
import type { GroupNormOptions } from './group-norm-options.js';
import { pixelMean } from './pixel-mean.js';
import { siluBackward, siluForward } from './silu.js';

const OPTIONS = {
  groups: true,
  epsilon: true,
  silu: true,
  shift: true,
} satisfies OptionKeys<GroupNormOptions>;

/**
 * Group normalization of `x + shift`, and SiLU after it if wanted, as one operation with a gradient of its own.
 *
 * `y = (x + shift − μ) / √(σ² + ε)·scale + offset`, with μ and σ² over the pixels and channels of a group, for each
 * image alone; then `y·sigmoid(y)`.
 *
 * Composed of TensorFlow.js operations and their gradients, this is the most expensive part of a small U-Net: its cost is the
 * number of passes over `[B,H,W,C]`. Here forward takes 7 and backward 11; all else has size `[B,C]`. The shift (a
 * bias, a time embedding) takes none: it moves means, and its gradient follows from sums that are there anyway. Where the
 * backend has a kernel for it, that one takes its place.
 *
 * @param x - float32 `[B,H,W,C]`; borrowed
 * @param scale - float32 `[C]`, or `[B,C]` for one of each image; borrowed
 * @param offset - float32 `[C]` or `[B,C]` likewise; borrowed
 * @param options - groups, ε, whether SiLU follows, and the shift
 * @returns float32 `[B,H,W,C]`; owned by the caller
 * @throws RangeError for an unknown option
 * @see Wu & He 2018 (arXiv:1803.08494)
 */
export function groupNorm(
  x: tf.Tensor4D,
  scale: tf.Tensor1D | tf.Tensor2D,
  offset: tf.Tensor1D | tf.Tensor2D,
  options: GroupNormOptions,
): tf.Tensor4D {
  checkOptions('groupNorm', options, OPTIONS);
  if (x.size > 0 && hasFusedGroupNorm()) return fusedGroupNorm(x, scale, offset, options);
  const { shift } = options;
  const perImage = [scale.rank === 2, offset.rank === 2];
  const operation = tf.customGrad((...inputs) => {
    const save = inputs.at(-1) as tf.GradSaveFunc;
    const { value, kept } = forward(x, scale, offset, options);
    save(kept);
    return {
      value,
      gradFunc: (dValue: tf.Tensor4D, saved: tf.Tensor[]) => {
        const gradients = backward(dValue, saved, options, perImage);
        return shift ? gradients : gradients.slice(0, 3);
      },
    };
  });
  return shift ? operation(x, scale, offset, shift) : operation(x, scale, offset);
}

function forward(
  x: tf.Tensor4D,
  scale: tf.Tensor1D | tf.Tensor2D,
  offset: tf.Tensor1D | tf.Tensor2D,
  { groups, epsilon, silu, shift }: GroupNormOptions,
): { value: tf.Tensor4D; kept: tf.Tensor[] } {
  const average = pixelMean(x);
  const mean = groupMean(shift ? tf.add(average, shift) : average, groups);
  // What to subtract from x itself: x + shift − μ = x − center.
  const center: tf.Tensor2D = shift ? tf.sub(mean, shift) : mean;
  // σ² from deviations: E[x²] − μ² would cancel where μ is much larger than σ.
  const variance = groupMean(pixelMean(tf.squaredDifference(x, toPixels(center))), groups);
  const inverse = tf.rsqrt(tf.add(variance, epsilon));
  const gain: tf.Tensor2D = tf.mul(inverse, scale);
  const constant: tf.Tensor2D = tf.sub(offset, tf.mul(center, gain));
  const y: tf.Tensor4D = tf.add(tf.mul(x, toPixels(gain)), toPixels(constant));

  const kept = [x, average, center, inverse, gain];
  if (!silu) return { value: y, kept };
  const { value, sigmoid } = siluForward(y);
  return { value, kept: [...kept, value, sigmoid] };
}

/**
 * With means over the N pixels of an image `M1 = mean(dy)`, `M2 = mean(dy·(x − center))`, and means ⟨·⟩ over the
 * channels of a group:
 *
 * `dx = gain·dy − (P·x + Q)`, `P = ⟨gain·M2⟩ / (σ² + ε)`, `Q = ⟨gain·M1⟩ − P·center`;
 * `dscale = N·Σ_B M2 / √(σ² + ε)`, `doffset = N·Σ_B M1`, and `dshift = Σ dx` over pixels. No sum over
 * images for a scale or an offset that each has of its own.
 */
function backward(
  dValue: tf.Tensor4D,
  saved: tf.Tensor[],
  { silu, groups }: GroupNormOptions,
  perImage: readonly boolean[],
): tf.Tensor[] {
  const [x, average, center, inverse, gain, value, sigmoid] = saved as [
    tf.Tensor4D,
    ...[tf.Tensor2D, tf.Tensor2D, tf.Tensor2D, tf.Tensor2D],
    ...[tf.Tensor4D, tf.Tensor4D],
  ];
  const pixels = x.shape[1] * x.shape[2];
  const dy = silu ? siluBackward(dValue, value, sigmoid) : dValue;
  const m1 = pixelMean(dy);
  const m2 = tf.sub(pixelMean(tf.mul(dy, x)), tf.mul(center, m1));
  const gainM1: tf.Tensor2D = tf.mul(gain, m1);
  const p: tf.Tensor2D = tf.mul(groupMean(tf.mul(gain, m2), groups), tf.square(inverse));
  const q: tf.Tensor2D = tf.sub(groupMean(gainM1, groups), tf.mul(p, center));
  return [
    tf.sub(tf.mul(dy, toPixels(gain)), tf.add(tf.mul(x, toPixels(p)), toPixels(q))),
    tf.mul(overImages(tf.mul(m2, inverse), perImage[0]), pixels),
    tf.mul(overImages(m1, perImage[1]), pixels),
    tf.mul(tf.sub(gainM1, tf.add(tf.mul(p, average), q)), pixels),
  ];
}

function overImages(x: tf.Tensor2D, perImage: boolean | undefined): tf.Tensor {
  return perImage ? x : tf.sum(x, 0);
}

/** `[B,C]` to `[B,1,1,C]`, to be spread over the pixels. */
function toPixels(x: tf.Tensor2D): tf.Tensor4D {
  return tf.reshape(x, [x.shape[0], 1, 1, x.shape[1]]);
}

/**
 * The mean over the channels of a group, one for each channel: `[B,C]` to `[B,C]`. Not a product with a matrix, which
 * in mixed precision would be one in bfloat16.
 */
function groupMean(x: tf.Tensor2D, groups: number): tf.Tensor2D {
  const [batch, channels] = x.shape;
  const perGroup = channels / groups;
  if (perGroup === 1) return x;
  const mean = tf.mean(tf.reshape(x, [batch, groups, perGroup]), 2, true);
  return tf.reshape(tf.mul(mean, tf.ones([1, 1, perGroup])), [batch, channels]);
}
