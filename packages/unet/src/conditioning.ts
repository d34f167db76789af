import * as tf from '@tensorflow/tfjs-core';
import type { Params } from '@immiscible/core';
import type { UnetConfig } from './config.js';
import { declareDense, dense, paramOf } from './layers.js';
import { type Declare, standardNormal } from './parameters.js';
import { silu } from './silu.js';
import { timeEmbedding } from './time-embedding.js';

/** What every residual block is told: float32 `[B,timeChannels]`. */
export type Conditioning = (
  params: Params,
  time: tf.Tensor1D,
  labels: tf.Tensor1D | undefined,
) => tf.Tensor2D;

/**
 * `SiLU(W1·SiLU(W0·embedding(time)) + table[label])`. The blocks' SiLU of it is taken here, once for all.
 *
 * @see Ho et al. 2020, appendix B (arXiv:2006.11239); Dhariwal & Nichol 2021 for the label (arXiv:2105.05233)
 */
export function conditioning(declare: Declare, config: Required<UnetConfig>): Conditioning {
  const { channels, timeChannels, classes } = config;
  const layer0 = declareDense(declare, 'time.0', channels, timeChannels);
  const layer1 = declareDense(declare, 'time.1', timeChannels, timeChannels);
  const table = classes > 0 ? declare('label.weight', [classes, timeChannels], standardNormal) : undefined;

  return (params, time, labels) =>
    tf.tidy(() => {
      const embedded = dense(params, layer1, silu(dense(params, layer0, timeEmbedding(time, channels))));
      if (labels === undefined || table === undefined) return silu(embedded);
      // A product with one-hot rows rather than a gather, whose gradient some backends lack; −1 gives a row of zeros.
      const rows = tf.cast(tf.oneHot(labels, classes), 'float32') as tf.Tensor2D;
      const sum: tf.Tensor2D = tf.add(embedded, tf.matMul(rows, paramOf<tf.Tensor2D>(params, table)));
      return silu(sum);
    });
}
