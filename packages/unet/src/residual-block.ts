import * as tf from '@tensorflow/tfjs-core';
import type { Params } from '@immiscible/core';
import type { DropoutMasks } from './dropout.js';
import {
  convolve,
  convolveRaw,
  declareConvolution,
  declareDense,
  declareNorm,
  dense,
  norm,
  paramOf,
  pointwise,
} from './layers.js';
import type { Declare } from './parameters.js';

/** What a block is told beside its input. */
export interface Told {
  /** SiLU of the time embedding, float32 `[B,timeChannels]` */
  readonly time: tf.Tensor2D;
  readonly dropout: DropoutMasks | undefined;
}

export type ResidualBlock = (params: Params, x: tf.Tensor4D, told: Told) => tf.Tensor4D;

export interface ResidualBlockOptions {
  readonly inputs: number;
  readonly outputs: number;
  readonly timeChannels: number;
  readonly groups: number;
  readonly epsilon: number;
}

/**
 * DDPM's residual block: `x + conv2(dropout(SiLU(norm2(conv1(SiLU(norm1(x))) + time·W))))`, x through a 1×1 convolution
 * where the number of channels changes. conv2 starts at zero.
 *
 * @see Ho et al. 2020, appendix B (arXiv:2006.11239)
 */
export function residualBlock(declare: Declare, name: string, options: ResidualBlockOptions): ResidualBlock {
  const { inputs, outputs, timeChannels, groups, epsilon } = options;
  const normOptions = { groups, epsilon, silu: true };
  const norm1 = declareNorm(declare, `${name}.norm1`, inputs);
  const conv1 = declareConvolution(declare, `${name}.conv1`, 3, inputs, outputs);
  const timeLayer = declareDense(declare, `${name}.time`, timeChannels, outputs);
  const norm2 = declareNorm(declare, `${name}.norm2`, outputs);
  const conv2 = declareConvolution(declare, `${name}.conv2`, 3, outputs, outputs, true);
  const skip = inputs === outputs ? undefined : declareDense(declare, `${name}.skip`, inputs, outputs);

  return (params, x, { time, dropout }) =>
    tf.tidy(() => {
      const hidden = convolveRaw(params, conv1, norm(params, norm1, x, normOptions));
      // conv1's bias and the time embedding are the same to every pixel: the normalization takes them in passing.
      const shift = dense(params, timeLayer, time);
      const normalized = norm(params, norm2, hidden, normOptions, tf.add(shift, paramOf(params, conv1.bias)));
      const kept = dropout ? dropout.of(name)(normalized) : normalized;
      return convolve(params, conv2, kept, { residual: skip ? pointwise(params, skip, x) : x });
    });
}
