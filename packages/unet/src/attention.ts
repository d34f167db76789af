import * as tf from '@tensorflow/tfjs-core';
import type { Params } from '@immiscible/core/tensors';
import { declareDense, declareNorm, norm, pointwise, pointwiseParts } from './layers.js';
import type { Declare } from './parameters.js';

export type AttentionBlock = (params: Params, x: tf.Tensor4D) => tf.Tensor4D;

export interface AttentionOptions {
  readonly channels: number;
  /** Divides the channels. */
  readonly heads: number;
  readonly groups: number;
  readonly epsilon: number;
  /** Whether the sum is divided by √2. @defaultValue false */
  readonly rescale?: boolean;
}

/**
 * Self-attention over the pixels of an image: `x + softmax(q·kᵀ / √d)·v·W` with q, k, v from the normalized x, for each
 * of the heads' d = channels/heads channels. The output layer starts at zero.
 *
 * `qkv.weight [C,3C]` holds q, k and v side by side, and within each the heads side by side.
 *
 * @see Ho et al. 2020, appendix B (arXiv:2006.11239); Vaswani et al. 2017, Eq. 1 (arXiv:1706.03762)
 */
export function attentionBlock(declare: Declare, name: string, options: AttentionOptions): AttentionBlock {
  const { channels, heads, groups, epsilon, rescale = false } = options;
  const normLayer = declareNorm(declare, `${name}.norm`, channels);
  const qkv = declareDense(declare, `${name}.qkv`, channels, 3 * channels);
  const output = declareDense(declare, `${name}.output`, channels, channels, true);

  return (params, x) =>
    tf.tidy(() => {
      const normalized = norm(params, normLayer, x, { groups, epsilon, silu: false });
      const [q, k, v] = pointwiseParts(params, qkv, normalized, 3).map((part) => splitHeads(part, heads));
      const mixed = joinHeads(attend(q as tf.Tensor, k as tf.Tensor, v as tf.Tensor), heads);
      const sum = pointwise(params, output, tf.reshape<tf.Rank.R4>(mixed, x.shape), x);
      return rescale ? tf.mul(sum, Math.SQRT1_2) : sum;
    });
}

/** `[B,H,W,heads·d]` to `[B,H·W,d]`, or with several heads to `[B,heads,H·W,d]`. */
function splitHeads(x: tf.Tensor4D, heads: number): tf.Tensor {
  const [batch, height, width, channels] = x.shape;
  if (heads === 1) return tf.reshape(x, [batch, height * width, channels]);
  return tf.transpose(tf.reshape(x, [batch, height * width, heads, channels / heads]), [0, 2, 1, 3]);
}

/** Undoes {@link splitHeads} but for the shape. */
function joinHeads(x: tf.Tensor, heads: number): tf.Tensor {
  return heads === 1 ? x : tf.transpose(x, [0, 2, 1, 3]);
}

/**
 * `softmax(q·kᵀ / √d)·v` along the last two axes, with a gradient of its own: the softmax's sum over a row of
 * `dP∘P` equals one over the fewer columns of `dy∘y`, so that only two passes over the attention matrix are left
 * between its products.
 *
 * @see Dao et al. 2022, appendix B.2 (arXiv:2205.14135)
 */
function attend(q: tf.Tensor, k: tf.Tensor, v: tf.Tensor): tf.Tensor {
  const scale = 1 / Math.sqrt(q.shape.at(-1) as number);
  return tf.customGrad((...inputs) => {
    const weights = tf.softmax(tf.matMul(tf.mul(q, scale), k, false, true));
    const value = tf.matMul(weights, v);
    (inputs.at(-1) as tf.GradSaveFunc)([q, k, v, weights, value]);
    return { value, gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => attendBackward(dy, saved, scale) };
  })(q, k, v);
}

function attendBackward(dy: tf.Tensor, saved: tf.Tensor[], scale: number): tf.Tensor[] {
  const [q, k, v, weights, value] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
  const scaled = tf.mul(dy, scale);
  const rows = tf.sum(tf.mul(scaled, value), -1, true);
  const dScores = tf.mul(weights, tf.sub(tf.matMul(scaled, v, false, true), rows));
  return [tf.matMul(dScores, k), tf.matMul(dScores, q, true), tf.matMul(weights, dy, true)];
}
