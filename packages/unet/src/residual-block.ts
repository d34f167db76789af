import * as tf from '@tensorflow/tfjs-core';
import type { Params } from '@immiscible/core/tensors';
import type { DropoutMasks } from './dropout.js';
import { groupNorm } from './group-norm.js';
import {
  convolve,
  convolveRaw,
  declareConvolution,
  declareDense,
  declareNorm,
  dense,
  type Layer,
  norm,
  paramOf,
  pointwise,
} from './layers.js';
import type { Declare } from './parameters.js';
import { downsample, type Taps, upsample } from './resample.js';
import { upsampleConvolveRaw } from './upsample.js';

/** What a block takes beside its input. */
export interface BlockContext {
  /** SiLU of the time embedding, float32 `[B,timeChannels]` */
  readonly time: tf.Tensor2D;
  readonly dropout: DropoutMasks | undefined;
}

export type ResidualBlock = (params: Params, x: tf.Tensor4D, context: BlockContext) => tf.Tensor4D;

export interface ResidualBlockOptions {
  readonly inputs: number;
  readonly outputs: number;
  readonly timeChannels: number;
  readonly groups: number;
  readonly epsilon: number;
  /** Whether time scales and shifts after the second normalization, rather than shifts before it. */
  readonly scaleShift?: boolean;
  /** Whether the sum is divided by √2. */
  readonly rescale?: boolean;
  /** Half or twice the height and width. */
  readonly resample?: { readonly to: 'up' | 'down'; readonly taps: Taps; readonly projection: boolean };
}

/**
 * DDPM's residual block: `x + conv2(dropout(SiLU(norm2(conv1(SiLU(norm1(x))) + time·W))))`, x through a 1×1 convolution
 * where the number of channels changes. conv2 starts at zero.
 *
 * With `scaleShift`, time gives (s, t) = time·W for `norm2(…)·(1 + s) + t` instead. A block that resamples does so to x
 * and before conv1.
 *
 * @see Ho et al. 2020, appendix B (arXiv:2006.11239); Brock et al. 2019 for blocks that resample (arXiv:1809.11096);
 *   Dhariwal & Nichol 2021, Eq. 3 for scale and shift (arXiv:2105.05233)
 */
export function residualBlock(declare: Declare, name: string, options: ResidualBlockOptions): ResidualBlock {
  const { inputs, outputs, timeChannels, groups, epsilon, scaleShift, rescale, resample } = options;
  const normOptions = { groups, epsilon, silu: true };
  const norm1 = declareNorm(declare, `${name}.norm1`, inputs);
  const conv1 = declareConvolution(declare, `${name}.conv1`, 3, inputs, outputs);
  const timeLayer = declareDense(declare, `${name}.time`, timeChannels, scaleShift ? 2 * outputs : outputs);
  const norm2 = declareNorm(declare, `${name}.norm2`, outputs);
  const conv2 = declareConvolution(declare, `${name}.conv2`, 3, outputs, outputs, true);
  const projected = inputs !== outputs || resample?.projection;
  const skip = projected ? declareDense(declare, `${name}.skip`, inputs, outputs) : undefined;

  return (params, x, { time, dropout }) =>
    tf.tidy(() => {
      const embedded = dense(params, timeLayer, time);
      const hidden = firstConvolution(params, conv1, norm(params, norm1, x, normOptions), resample);
      const bias = paramOf<tf.Tensor1D>(params, conv1.bias);
      // conv1's bias and the time embedding are the same to every pixel: the normalization takes them in passing.
      const normalized = scaleShift
        ? scaledNorm(params, norm2, hidden, embedded, bias, normOptions)
        : norm(params, norm2, hidden, { ...normOptions, shift: tf.add(embedded, bias) });
      const kept = dropout ? dropout.of(name)(normalized) : normalized;
      const moved = resampled(x, resample);
      const residual = skip ? pointwise(params, skip, moved) : moved;
      const sum = convolve(params, conv2, kept, { residual });
      return rescale ? tf.mul(sum, Math.SQRT1_2) : sum;
    });
}

type Resample = ResidualBlockOptions['resample'];

function resampled(x: tf.Tensor4D, resample: Resample): tf.Tensor4D {
  if (!resample) return x;
  return resample.to === 'up' ? upsample(x, resample.taps) : downsample(x, resample.taps);
}

function firstConvolution(params: Params, layer: Layer, x: tf.Tensor4D, resample: Resample): tf.Tensor4D {
  if (resample?.to === 'up' && resample.taps.length === 2) return upsampleConvolveRaw(params, layer, x);
  return convolveRaw(params, layer, resampled(x, resample));
}

/** `norm(x + bias)·(1 + s) + t`, s and t the halves of `embedded`: a normalization with a scale and an offset of each image. */
function scaledNorm(
  params: Params,
  layer: Layer,
  x: tf.Tensor4D,
  embedded: tf.Tensor2D,
  bias: tf.Tensor1D,
  options: { groups: number; epsilon: number; silu: boolean },
): tf.Tensor4D {
  const [s, t] = tf.split(embedded, 2, 1) as [tf.Tensor2D, tf.Tensor2D];
  const factor = tf.add(s, 1);
  const scale: tf.Tensor2D = tf.mul(factor, paramOf<tf.Tensor1D>(params, layer.weight));
  const offset: tf.Tensor2D = tf.add(tf.mul(factor, paramOf<tf.Tensor1D>(params, layer.bias)), t);
  const shift: tf.Tensor2D = tf.add(tf.zeros([x.shape[0], 1]), bias);
  return groupNorm(x, scale, offset, { ...options, shift });
}
