import type { Model } from '@immiscible/core';
import { presets, type PresetName, unet, type UnetConfig } from '@immiscible/unet';
import { z } from 'zod';

/** A network: a preset with fields replaced, or all of its fields. */
export type ModelConfig = { readonly kind: 'unet'; readonly preset?: PresetName } & Partial<UnetConfig>;

/** A network and what sampling must know of it. */
export interface SampledModel extends Model {
  /** 0 for a network without classes. */
  readonly classes: number;
}

const positive = z.int().min(1);
const presetNames = Object.keys(presets) as [PresetName, ...PresetName[]];

export const modelSchema: z.ZodType<ModelConfig> = z.strictObject({
  kind: z.literal('unet'),
  preset: z.enum(presetNames).exactOptional(),
  imageChannels: positive.exactOptional(),
  channels: positive.exactOptional(),
  channelMultipliers: z.array(z.number().positive()).min(1).exactOptional(),
  blocksPerLevel: positive.exactOptional(),
  attentionLevels: z.array(z.int().min(0)).exactOptional(),
  middleAttention: z.boolean().exactOptional(),
  attentionHeads: positive.exactOptional(),
  groups: positive.exactOptional(),
  timeChannels: positive.exactOptional(),
  headChannels: positive.exactOptional(),
  dropout: z.number().min(0).lt(1).exactOptional(),
  labelDropout: z.number().min(0).lt(1).exactOptional(),
  classes: z.int().min(0).exactOptional(),
  stem: z.strictObject({ spaceToDepth: z.union([z.literal(1), z.literal(2), z.literal(4)]) }).exactOptional(),
});

/** @throws RangeError if the fields don't make a network */
export function createModel({ kind: _kind, ...config }: ModelConfig): SampledModel {
  // Whether all fields are there is the network's to check: it says which one is missing.
  const model = unet(config as UnetConfig);
  return { init: model.init, apply: model.apply, classes: model.config.classes };
}
