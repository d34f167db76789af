import * as tf from '@tensorflow/tfjs-core';
import type { Params } from '@immiscible/core/tensors';
import type { ResolvedUnetConfig } from './config.js';
import { addBias, convolve, declareConvolution, type Layer, paramOf } from './layers.js';
import type { Declare } from './parameters.js';
import { blur } from './resample.js';
import type { Told } from './residual-block.js';
import type { StageBuilder } from './stage.js';
import { upsampleConvolve } from './upsample.js';

/** Channels while a network is put together. */
export interface Carried {
  /** Of what is carried along. */
  width: number;
  /** Of the skip connections that are open. */
  readonly skips: number[];
  /** Of the image that levels on the way down get beside it. */
  image: number;
}

/** Tensors on the way down. */
export interface Descent {
  /** What is carried along. */
  h: tf.Tensor4D;
  /** The image at the size of the level, or what has become of it. */
  image: tf.Tensor4D;
  /** The skip connections. */
  readonly passed: tf.Tensor4D[];
}

type DownLevel = (params: Params, descent: Descent, told: Told) => void;
type UpLevel = (params: Params, h: tf.Tensor4D, passed: tf.Tensor4D[], told: Told) => tf.Tensor4D;
type Change = (params: Params, h: tf.Tensor4D, told: Told) => tf.Tensor4D;

/** Makes the levels on the way down, in their order. */
export function downBuilder(
  declare: Declare,
  config: ResolvedUnetConfig,
  stage: StageBuilder,
  carried: Carried,
): (level: [number, number]) => DownLevel {
  const { blocksPerLevel, attentionLevels, channelMultipliers, resampleFilter } = config;
  return ([level, outputs]) => {
    const attended = attentionLevels.includes(level);
    const stages = Array.from({ length: blocksPerLevel }, (_, k) => {
      const made = stage(`down.${level}.${k}`, carried.width, outputs, { attended });
      carried.skips.push((carried.width = outputs));
      return made;
    });
    if (level === channelMultipliers.length - 1) return runStages(stages);
    carried.skips.push(outputs);
    const downsample = downsampler(declare, config, stage, `down.${level}.downsample`, outputs);
    let image: Layer | undefined;
    if (config.progressiveInput) {
      image = declareConvolution(declare, `down.${level}.image`, 3, carried.image, outputs);
      carried.image = outputs;
    }
    return (params, descent, told) => {
      runStages(stages)(params, descent, told);
      descent.h = downsample(params, descent.h, told);
      if (image) {
        const weight = paramOf<tf.Tensor4D>(params, image.weight);
        const y = tf.conv2d(blur(descent.image, resampleFilter), weight, 2, 'valid');
        const sum = addBias(y, paramOf(params, image.bias), descent.h);
        descent.h = config.skipRescale ? tf.mul(sum, Math.SQRT1_2) : sum;
        descent.image = descent.h;
      }
      descent.passed.push(descent.h);
    };
  };
}

function runStages(stages: readonly Change[]): DownLevel {
  return (params, descent, told) => {
    for (const each of stages) descent.passed.push((descent.h = each(params, descent.h, told)));
  };
}

function downsampler(
  declare: Declare,
  config: ResolvedUnetConfig,
  stage: StageBuilder,
  name: string,
  width: number,
): Change {
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
export function upBuilder(
  declare: Declare,
  config: ResolvedUnetConfig,
  stage: StageBuilder,
  carried: Carried,
): (level: [number, number]) => UpLevel {
  const { blocksPerLevel, attentionLevels, upAttention, resampling } = config;
  return ([level, outputs]) => {
    const stages = Array.from({ length: blocksPerLevel + 1 }, (_, k) => {
      const inputs = carried.width + (carried.skips.pop() as number);
      carried.width = outputs;
      const here = upAttention === 'each' || k === blocksPerLevel;
      return stage(`up.${level}.${k}`, inputs, outputs, {
        attended: here && attentionLevels.includes(level),
      });
    });
    const name = `up.${level}.upsample`;
    let upsample: Change | undefined;
    if (level > 0 && resampling === 'residual') {
      upsample = stage(name, outputs, outputs, { resample: 'up' });
    } else if (level > 0) {
      const layer = declareConvolution(declare, name, 3, outputs, outputs);
      upsample = (params, h) => upsampleConvolve(params, layer, h);
    }
    return (params, h, passed, told) => {
      for (const each of stages) {
        h = each(params, tf.concat4d([h, passed.pop() as tf.Tensor4D], 3), told);
      }
      return upsample ? upsample(params, h, told) : h;
    };
  };
}
