export { type ResolvedUnetConfig, type UnetConfig, type UnetPreset } from './config.js';
export { groupNorm, type GroupNormOptions } from './group-norm.js';
export { countParams } from './parameters.js';
export { type PresetName, presets } from './presets.js';
export { type Unet, unet } from './unet.js';
export { readUnet, type UnetFiles, type UnetWithParams, writeUnet } from './unet-files.js';
export { fromDiffusers, toDiffusers, type ToDiffusersOptions } from './diffusers.js';
export { selfConditioned, type SelfConditionedOptions } from './self-conditioned.js';
export { type FourierEmbedding, type PositionalEmbedding, type TimeEmbedding } from './time-embedding.js';
