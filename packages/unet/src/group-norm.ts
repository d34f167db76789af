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

// Below, a name that ends in G has shape [B,G,C/G] or [B,G,1], and one that ends in C has shape [B,1,1,C].

function forward(
  x: tf.Tensor4D,
  scale: tf.Tensor1D,
  offset: tf.Tensor1D,
  { groups, epsilon, silu }: GroupNormOptions,
  shift: tf.Tensor2D | undefined,
): { value: tf.Tensor4D; kept: tf.Tensor[] } {
  const [batch, , , channels] = x.shape;
  const grouped = [batch, groups, channels / groups];
  const pixelMean = (t: tf.Tensor) => tf.reshape(tf.mean(t, [1, 2]), grouped);
  const spread = (t: tf.Tensor) => tf.reshape(t, [batch, 1, 1, channels]);

  const shiftG = shift === undefined ? undefined : tf.reshape(shift, grouped);
  const meanG = shiftG ? tf.add(pixelMean(x), shiftG) : pixelMean(x);
  const groupMeanG = tf.mean(meanG, 2, true);
  const deviationG = tf.sub(meanG, groupMeanG);
  // What to subtract from x itself: x + shift − μ = x − center.
  const centerG = shiftG ? tf.sub(groupMeanG, shiftG) : tf.sub(meanG, deviationG);
  const centerC = spread(centerG);
  // σ² from deviations: E[x²] − μ² would cancel where μ is much larger than σ.
  const varianceG = tf.mean(pixelMean(tf.squaredDifference(x, centerC)), 2, true);
  const inverseG = tf.rsqrt(tf.add(varianceG, epsilon));
  const gainG = tf.mul(inverseG, tf.reshape(scale, grouped.slice(1)));
  const gainC = spread(gainG);
  const y: tf.Tensor4D = tf.add(tf.mul(x, gainC), tf.sub(offset, tf.mul(centerC, gainC)));

  const kept = [x, deviationG, centerG, inverseG, gainG];
  if (!silu) return { value: y, kept };
  const { value, sigmoid } = siluForward(y);
  return { value, kept: [...kept, value, sigmoid] };
}

/**
 * With per-pixel means `m1 = ⟨dy⟩`, `m2 = ⟨dy·(x − center)⟩` of each channel and `⟨·⟩_G` over the channels of a group:
 *
 * `dx = gain·dy + p·(x − center) − r`, `r = ⟨gain·m1⟩_G`, `p = −⟨gain·m2⟩_G / (σ² + ε)`;
 * `dscale = Σ_B HW·m2 / √(σ² + ε)`, `doffset = Σ_B HW·m1`, and `dshift`, the sum of dx over pixels,
 * `HW·(gain·m1 + p·deviation − r)`.
 */
function backward(dValue: tf.Tensor4D, saved: tf.Tensor[], { groups, silu }: GroupNormOptions): tf.Tensor[] {
  const [x, deviationG, centerG, inverseG, gainG, value, sigmoid] = saved as [
    tf.Tensor4D,
    ...[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor4D, tf.Tensor4D],
  ];
  const [batch, height, width, channels] = x.shape;
  const pixels = height * width;
  const perGroup = channels / groups;
  const pixelMean = (t: tf.Tensor) => tf.reshape(tf.mean(t, [1, 2]), [batch, groups, perGroup]);
  const spread = (t: tf.Tensor) => tf.reshape(t, [batch, 1, 1, channels]);
  const batchSum = (t: tf.Tensor) => tf.reshape(tf.mul(tf.sum(t, 0), pixels), [channels]);

  const dy = silu ? siluBackward(dValue, value, sigmoid) : dValue;
  const m1G = pixelMean(dy);
  const m2G = tf.sub(pixelMean(tf.mul(dy, x)), tf.mul(centerG, m1G));
  const gainM1G = tf.mul(gainG, m1G);
  const rG = tf.mean(gainM1G, 2, true);
  const pG = tf.neg(tf.mul(tf.mean(tf.mul(gainG, m2G), 2, true), tf.square(inverseG)));
  const dShift = tf.mul(tf.add(gainM1G, tf.sub(tf.mul(pG, deviationG), rG)), pixels);

  const pC = spread(perGroup === 1 ? pG : tf.tile(pG, [1, 1, perGroup]));
  const constantC = spread(tf.add(tf.mul(pG, centerG), rG));
  const dx = tf.sub(tf.add(tf.mul(dy, spread(gainG)), tf.mul(x, pC)), constantC);
  return [dx, batchSum(tf.mul(m2G, inverseG)), batchSum(m1G), tf.reshape(dShift, [batch, channels])];
}
