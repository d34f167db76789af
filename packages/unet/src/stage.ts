import * as tf from '@tensorflow/tfjs-core';
import { check, type Params } from '@immiscible/core';
import { attentionBlock } from './attention.js';
import type { UnetConfig } from './config.js';
import type { DropoutLayers } from './dropout.js';
import type { Declare } from './parameters.js';
import { residualBlock, type Told } from './residual-block.js';

/** As in DDPM's networks; PyTorch's default would be 1e-5. */
export const EPSILON = 1e-6;

/** A residual block and, at some levels, attention after it. */
export type Stage = (params: Params, x: tf.Tensor4D, told: Told) => tf.Tensor4D;

/** What makes the stages of one network. */
export type StageBuilder = (name: string, inputs: number, outputs: number, attended: boolean) => Stage;

/** Stages that declare their parameters under their name. */
export function stageBuilder(
  declare: Declare,
  config: Required<UnetConfig>,
  dropout: DropoutLayers,
): StageBuilder {
  const { groups, timeChannels, attentionHeads: heads } = config;
  return (name, inputs, outputs, attended) => {
    for (const count of [inputs, outputs]) {
      check(count % groups === 0, 'unet', 'groups', `a divisor of the ${count} channels of ${name}`, groups);
    }
    const common = { groups, epsilon: EPSILON };
    const block = residualBlock(declare, name, { ...common, inputs, outputs, timeChannels });
    dropout.declare(name, outputs);
    if (!attended) return block;
    check(
      outputs % heads === 0,
      'unet',
      'attentionHeads',
      `a divisor of the ${outputs} channels of ${name}`,
      heads,
    );
    const attention = attentionBlock(declare, `${name}.attention`, { ...common, channels: outputs, heads });
    return (params, x, told) => tf.tidy(() => attention(params, block(params, x, told)));
  };
}
