import * as tf from '@tensorflow/tfjs-core';
import type { Params } from '@immiscible/core/tensors';
import type { ResolvedUnetConfig } from './unet-config.js';
import { addBias, convolve, declareConvolution, type Layer, paramOf } from './layers.js';
import type { Declare } from './parameters.js';
import { blur } from './resample.js';
import type { BlockContext } from './residual-block.js';
import type { StageBuilder } from './stage.js';
import { upsampleConvolve } from './upsample.js';

/** Channels while a network is put together. */
export interface ChannelPlan {
  /** Of what is carried along. */
  width: number;
  /** Of the skip connections that are open. */
  readonly skips: number[];
  /** Of the image that levels on the way down get beside it. */
  image: number;
}

/** Tensors on the way down. */
export interface EncoderState {
  /** What is carried along. */
  h: tf.Tensor4D;
  /** The image at the size of the level, or what has become of it. */
  image: tf.Tensor4D;
  /** The skip connections. */
  readonly skips: tf.Tensor4D[];
}

type DownLevel = (params: Params, encoder: EncoderState, context: BlockContext) => void;
type UpLevel = (params: Params, h: tf.Tensor4D, skips: tf.Tensor4D[], context: BlockContext) => tf.Tensor4D;
type Resampling = (params: Params, h: tf.Tensor4D, context: BlockContext) => tf.Tensor4D;

/** Makes the levels on the way down, in their order. */
export function downLevelBuilder(
  declare: Declare,
  config: ResolvedUnetConfig,
  stage: StageBuilder,
  plan: ChannelPlan,
): (level: [number, number]) => DownLevel {
  const { blocksPerLevel, attentionLevels, channelMultipliers, resampleFilter } = config;
  return ([level, outputs]) => {
    const attended = attentionLevels.includes(level);
    const stages = Array.from({ length: blocksPerLevel }, (_, k) => {
      const made = stage(`down.${level}.${k}`, plan.width, outputs, { attended });
      plan.skips.push((plan.width = outputs));
      return made;
    });
    if (level === channelMultipliers.length - 1) return runStages(stages);
    plan.skips.push(outputs);
    const downsample = downsampler(declare, config, stage, `down.${level}.downsample`, outputs);
    let image: Layer | undefined;
    if (config.progressiveInput) {
      image = declareConvolution(declare, `down.${level}.image`, 3, plan.image, outputs);
      plan.image = outputs;
    }
    return (params, encoder, context) => {
      runStages(stages)(params, encoder, context);
      encoder.h = downsample(params, encoder.h, context);
      if (image) {
        const weight = paramOf<tf.Tensor4D>(params, image.weight);
        const y = tf.conv2d(blur(encoder.image, resampleFilter), weight, 2, 'valid');
        const sum = addBias(y, paramOf(params, image.bias), encoder.h);
        encoder.h = config.skipRescale ? tf.mul(sum, Math.SQRT1_2) : sum;
        encoder.image = encoder.h;
      }
      encoder.skips.push(encoder.h);
    };
  };
}

function runStages(stages: readonly Resampling[]): DownLevel {
  return (params, encoder, context) => {
    for (const each of stages) encoder.skips.push((encoder.h = each(params, encoder.h, context)));
  };
}

function downsampler(
  declare: Declare,
  config: ResolvedUnetConfig,
  stage: StageBuilder,
  name: string,
  width: number,
): Resampling {
  if (config.resampling === 'residual') return stage(name, width, width, { resample: 'down' });
  const layer = declareConvolution(declare, name, 3, width, width);
  if (config.downsamplePadding === 'end') return (params, h) => convolve(params, layer, h, { stride: 2 });
  return (params, h) => {
    const padded: tf.Tensor4D = tf.pad(h, [
      [0, 0],
      [1, 1],
      [1, 1],
      [0, 0],
    ]);
    const y = tf.conv2d(padded, paramOf<tf.Tensor4D>(params, layer.weight), 2, 'valid');
    return addBias(y, paramOf(params, layer.bias));
  };
}

/** Makes the levels on the way up, the lowest first. */
export function upLevelBuilder(
  declare: Declare,
  config: ResolvedUnetConfig,
  stage: StageBuilder,
  plan: ChannelPlan,
): (level: [number, number]) => UpLevel {
  const { blocksPerLevel, attentionLevels, upAttention, resampling } = config;
  return ([level, outputs]) => {
    const stages = Array.from({ length: blocksPerLevel + 1 }, (_, k) => {
      const inputs = plan.width + (plan.skips.pop() as number);
      plan.width = outputs;
      const here = upAttention === 'each' || k === blocksPerLevel;
      return stage(`up.${level}.${k}`, inputs, outputs, {
        attended: here && attentionLevels.includes(level),
      });
    });
    const name = `up.${level}.upsample`;
    let upsample: Resampling | undefined;
    if (level > 0 && resampling === 'residual') {
      upsample = stage(name, outputs, outputs, { resample: 'up' });
    } else if (level > 0) {
      const layer = declareConvolution(declare, name, 3, outputs, outputs);
      upsample = (params, h) => upsampleConvolve(params, layer, h);
    }
    return (params, h, skips, context) => {
      for (const each of stages) {
        h = each(params, tf.concat4d([h, skips.pop() as tf.Tensor4D], 3), context);
      }
      return upsample ? upsample(params, h, context) : h;
    };
  };
}
