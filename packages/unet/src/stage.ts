import * as tf from '@tensorflow/tfjs-core';
import { check } from '@immiscible/core';
import { attentionBlock } from './attention.js';
import type { ResolvedUnetConfig } from './unet-config.js';
import type { DropoutLayers } from './dropout.js';
import type { Declare } from './parameters.js';
import { type ResidualBlock, residualBlock } from './residual-block.js';

/** What a stage is beside its channels. */
export interface StageOptions {
  /** Whether attention follows the block. */
  readonly attended?: boolean;
  readonly resample?: 'up' | 'down';
}

/** A residual block and, at some levels, attention after it. */
export type Stage = ResidualBlock;

/** What makes the stages of one network. */
export type StageBuilder = (name: string, inputs: number, outputs: number, options?: StageOptions) => Stage;

/** Stages that declare their parameters under their name. */
export function stageBuilder(
  declare: Declare,
  config: ResolvedUnetConfig,
  dropout: DropoutLayers,
): StageBuilder {
  const { groups, timeChannels, normEpsilon: epsilon, skipRescale: rescale } = config;
  const { resampleFilter: taps, resampleSkip, conditioning } = config;
  return (name, inputs, outputs, { attended = false, resample } = {}) => {
    for (const count of [inputs, outputs]) {
      check(count % groups === 0, 'unet', 'groups', `a divisor of the ${count} channels of ${name}`, groups);
    }
    const common = { groups, epsilon, rescale };
    const block = residualBlock(declare, name, {
      ...common,
      inputs,
      outputs,
      timeChannels,
      scaleShift: conditioning === 'scaleShift',
      ...(resample && { resample: { to: resample, taps, projection: resampleSkip === 'projection' } }),
    });
    dropout.declare(name, outputs);
    if (!attended) return block;
    const heads = headsOf(config, name, outputs);
    const attention = attentionBlock(declare, `${name}.attention`, { ...common, channels: outputs, heads });
    return (params, x, context) => tf.tidy(() => attention(params, block(params, x, context)));
  };
}

function headsOf(config: ResolvedUnetConfig, name: string, channels: number): number {
  const key = config.headChannels > 0 ? 'headChannels' : 'attentionHeads';
  check(
    channels % config[key] === 0,
    'unet',
    key,
    `a divisor of the ${channels} channels of ${name}`,
    config[key],
  );
  return key === 'headChannels' ? channels / config[key] : config[key];
}
