import type { Model } from '@immiscible/core/tensors';
import { presets, type PresetName, unet, type UnetConfig } from '@immiscible/unet';
import { z } from 'zod';
import type { Checked } from '../config/checked.js';

/** A network and what sampling must know of it. */
export interface SampledModel extends Model {
  /** 0 for a network without classes. */
  readonly classes: number;
}

const positive = z.int().min(1);
const presetNames = Object.keys(presets) as [PresetName, ...PresetName[]];

const fraction = z.number().min(0).lt(1).exactOptional();
const yes = z.boolean().exactOptional();

const embeddingOrder = {
  order: z.enum(['sinCos', 'cosSin']).exactOptional(),
  channels: positive.exactOptional(),
};

const timeEmbedding = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('positional'),
    ...embeddingOrder,
    frequencyShift: z.union([z.literal(0), z.literal(1)]).exactOptional(),
  }),
  z.strictObject({
    type: z.literal('fourier'),
    ...embeddingOrder,
    scale: z.number().positive().exactOptional(),
    seed: z.int().exactOptional(),
    frequencies: z.array(z.number()).exactOptional(),
    logarithm: yes,
  }),
]);

/**
 * Every field of a network but what methods here have no use for: a variance that is learned, self-conditioning. A new one without
 * its check is an error of types.
 */
const fields = {
  imageChannels: positive.exactOptional(),
  channels: positive.exactOptional(),
  channelMultipliers: z.array(z.number().positive()).min(1).exactOptional(),
  blocksPerLevel: positive.exactOptional(),
  attentionLevels: z.array(z.int().min(0)).exactOptional(),
  upAttention: z.enum(['each', 'last']).exactOptional(),
  middleAttention: yes,
  attentionHeads: positive.exactOptional(),
  headChannels: positive.exactOptional(),
  groups: positive.exactOptional(),
  normEpsilon: z.number().positive().exactOptional(),
  conditioning: z.enum(['shift', 'scaleShift']).exactOptional(),
  timeEmbedding: timeEmbedding.exactOptional(),
  timeChannels: positive.exactOptional(),
  classes: z.int().min(0).exactOptional(),
  labelDropout: fraction,
  dropout: fraction,
  resampling: z.enum(['convolution', 'residual']).exactOptional(),
  resampleFilter: z
    .union([
      z.tuple([z.literal(1), z.literal(1)]),
      z.tuple([z.literal(1), z.literal(3), z.literal(3), z.literal(1)]),
    ])
    .exactOptional(),
  resampleSkip: z.enum(['identity', 'projection']).exactOptional(),
  downsamplePadding: z.enum(['end', 'both']).exactOptional(),
  skipRescale: yes,
  progressiveInput: yes,
  centerInput: yes,
  divideByTime: yes,
  stem: z.strictObject({ spaceToDepth: z.union([z.literal(1), z.literal(2), z.literal(4)]) }).exactOptional(),
} satisfies Record<Exclude<keyof UnetConfig, 'outputChannels' | 'selfConditioning'>, z.ZodType>;

export const modelSchema = z.strictObject({
  kind: z.literal('unet'),
  preset: z.enum(presetNames).exactOptional(),
  ...fields,
});

/** A network: a preset with fields replaced, or all of its fields. */
export type ModelConfig = Checked<typeof modelSchema>;

/** @throws RangeError if the fields don't make a network */
export function createModel({ kind: _kind, ...config }: ModelConfig): SampledModel {
  // Whether all fields are there is the network's to check: it says which one is missing.
  const model = unet(config as UnetConfig);
  return { init: model.init, apply: model.apply, classes: model.config.classes };
}
