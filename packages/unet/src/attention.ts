import * as tf from '@tensorflow/tfjs-core';
import type { Params } from '@immiscible/core';
import { declareDense, declareNorm, norm, pointwise } from './layers.js';
import type { Declare } from './parameters.js';

export type AttentionBlock = (params: Params, x: tf.Tensor4D) => tf.Tensor4D;

export interface AttentionOptions {
  readonly channels: number;
  /** Divides the channels. */
  readonly heads: number;
  readonly groups: number;
  readonly epsilon: number;
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
  const { channels, heads, groups, epsilon } = options;
  const normLayer = declareNorm(declare, `${name}.norm`, channels);
  const qkv = declareDense(declare, `${name}.qkv`, channels, 3 * channels);
  const output = declareDense(declare, `${name}.output`, channels, channels, true);

  return (params, x) =>
    tf.tidy(() => {
      const [batch, height, width] = x.shape;
      const normalized = norm(params, normLayer, x, { groups, epsilon, silu: false });
      const projected = tf.reshape<tf.Rank.R3>(pointwise(params, qkv, normalized), [
        batch,
        height * width,
        3 * channels,
      ]);
      const mixed = heads === 1 ? attend(...thirds(projected, 2)) : attendHeads(projected, heads);
      return pointwise(params, output, tf.reshape<tf.Rank.R4>(mixed, x.shape), x);
    });
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

/** The same for each head of `[B,N,3·heads·d]`; gives `[B,N,heads,d]`. */
function attendHeads(projected: tf.Tensor3D, heads: number): tf.Tensor {
  const [batch, pixels, width] = projected.shape;
  const separate = tf.reshape(projected, [batch, pixels, 3 * heads, width / (3 * heads)]);
  return tf.transpose(attend(...thirds(tf.transpose(separate, [0, 2, 1, 3]), 1)), [0, 2, 1, 3]);
}

/** q, k and v, which lie side by side along an axis. */
function thirds(x: tf.Tensor, axis: number): [tf.Tensor, tf.Tensor, tf.Tensor] {
  return tf.split(x, 3, axis) as [tf.Tensor, tf.Tensor, tf.Tensor];
}
