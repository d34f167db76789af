import { checkOptions } from '@immiscible/core';
import { checkConfig } from './check-config.js';
import { type PresetName, presetOf } from './presets.js';
import type { TimeEmbedding } from './time-embedding.js';
import type { ResolvedUnetConfig, UnetConfig } from './unet-config.js';

/** A preset by name, its fields replaced by those given beside it. */
export type UnetPreset = { readonly preset: PresetName } & Partial<UnetConfig>;

const DEFAULTS = {
  attentionLevels: [],
  upAttention: 'each',
  middleAttention: true,
  attentionHeads: 1,
  headChannels: 0,
  groups: 32,
  normEpsilon: 1e-6,
  conditioning: 'shift',
  classes: 0,
  labelDropout: 0,
  dropout: 0,
  resampling: 'convolution',
  resampleFilter: [1, 1],
  resampleSkip: 'identity',
  downsamplePadding: 'end',
  skipRescale: false,
  progressiveInput: false,
  selfConditioning: false,
  centerInput: false,
  divideByTime: false,
  stem: { spaceToDepth: 1 },
} as const;
const REQUIRED = ['imageChannels', 'channels', 'channelMultipliers', 'blocksPerLevel'] as const;
const KEYS = [
  ...REQUIRED,
  ...Object.keys(DEFAULTS),
  'outputChannels',
  'timeEmbedding',
  'timeChannels',
  'preset',
];

/**
 * The configuration with its preset and defaults filled in.
 *
 * @throws RangeError if a key is unknown or missing, or a value makes no sense
 */
export function resolveConfig(options: UnetConfig | UnetPreset): ResolvedUnetConfig {
  checkOptions('unet', options, KEYS, 'config');
  const { preset, ...given } = options as Partial<UnetConfig> & { preset?: PresetName };
  const config = { ...DEFAULTS, ...(preset === undefined ? {} : presetOf(preset)), ...given };
  const missing = REQUIRED.find((key) => config[key] === undefined);
  if (missing !== undefined) throw new RangeError(`unet: ${missing} must be given, or a preset, got neither`);
  const complete = config as UnetConfig & typeof DEFAULTS;
  const timeEmbedding = { type: 'positional', ...complete.timeEmbedding } as const;
  const resolved = {
    ...complete,
    outputChannels: complete.outputChannels ?? complete.imageChannels,
    timeChannels: complete.timeChannels ?? 4 * complete.channels,
    timeEmbedding: {
      channels: complete.channels,
      order: 'sinCos',
      ...(timeEmbedding.type === 'positional'
        ? { frequencyShift: 1 }
        : { logarithm: false, scale: 16, seed: 0, frequencies: [] }),
      ...timeEmbedding,
    } as Required<TimeEmbedding>,
  };
  checkConfig(resolved);
  return resolved;
}
