import * as tf from '@tensorflow/tfjs-core';
import { NO_CLASS } from '@immiscible/core';
import type { ApplyOptions, Params } from '@immiscible/core/tensors';
import type { ResolvedUnetConfig } from './unet-config.js';
import { declareDense, dense, paramOf } from './layers.js';
import { type Declare, standardNormal } from './parameters.js';
import { countersOf, randomWords, WORDS } from './random-words.js';
import { silu } from './silu.js';
import { timeEmbedding } from './time-embedding.js';

/** What every residual block gets of time and class: float32 `[B,timeChannels]`. */
export type Conditioning = (params: Params, time: tf.Tensor1D, options: ApplyOptions) => tf.Tensor2D;

/**
 * `SiLU(W1·SiLU(W0·embedding(time)) + table[label])`. The blocks' SiLU of it is taken here, once for all.
 *
 * @see Ho et al. 2020, appendix B (arXiv:2006.11239); Dhariwal & Nichol 2021 for the label (arXiv:2105.05233); Ho &
 *   Salimans 2022 for labels left out (arXiv:2207.12598)
 */
export function conditioning(declare: Declare, config: ResolvedUnetConfig): Conditioning {
  const { timeChannels, classes, labelDropout, timeEmbedding: embedding } = config;
  const layer0 = declareDense(declare, 'time.0', embedding.channels, timeChannels);
  const layer1 = declareDense(declare, 'time.1', timeChannels, timeChannels);
  const table = classes > 0 ? declare('label.weight', [classes, timeChannels], standardNormal) : undefined;

  return (params, time, { labels, dropoutSeed }) =>
    tf.tidy(() => {
      const features = timeEmbedding(time, embedding);
      const embedded = dense(params, layer1, silu(dense(params, layer0, features)));
      if (labels === undefined || table === undefined) return silu(embedded);
      // A product with one-hot rows rather than a gather, whose gradient some backends lack; −1 gives a row of zeros.
      // Another label that no class has would do so too: 0/0 makes it NaN.
      const legal = tf.logicalAnd(tf.greaterEqual(labels, NO_CLASS), tf.less(labels, classes));
      const nanUnlessLegal = tf.reshape(tf.div(0, tf.cast(legal, 'float32')), [-1, 1]);
      let rows: tf.Tensor2D = tf.add(tf.cast(tf.oneHot(labels, classes), 'float32'), nanUnlessLegal);
      if (dropoutSeed && labelDropout > 0) {
        rows = tf.mul(rows, tf.reshape(keptLabels(dropoutSeed, labels.size, labelDropout), [-1, 1]));
      }
      const sum: tf.Tensor2D = tf.add(embedded, tf.matMul(rows, paramOf<tf.Tensor2D>(params, table)));
      return silu(sum);
    });
}

/** 1 for each of `count` images whose label is kept, 0 for the others; a function of the seed. */
function keptLabels(seed: tf.Scalar, count: number, rate: number): tf.Tensor1D {
  const { first } = randomWords(seed, countersOf('labels', count));
  return tf.cast(tf.greaterEqual(first, rate * WORDS), 'float32');
}
