import { check, checkInteger } from '@immiscible/core';
import { nearestName } from './nearest-name.js';
import { type PresetName, presets } from './presets.js';

/** The shape of a U-Net; plain JSON. It holds for images of any size that the levels divide. */
export interface UnetConfig {
  /** Channels of the images, in and out: 1 or 3. */
  readonly imageChannels: number;
  /** Channels of the first level, before its multiplier. */
  readonly channels: number;
  /** One level for each, the first at the highest resolution: its channels are `channels` times this. */
  readonly channelMultipliers: readonly number[];
  /** Residual blocks of a level on the way down; one more on the way up. */
  readonly blocksPerLevel: number;
  /** Levels (0 is the first) with attention after each residual block. @defaultValue none */
  readonly attentionLevels?: readonly number[];
  /** Whether there is attention between the two middle blocks. @defaultValue true */
  readonly middleAttention?: boolean;
  /** Heads of every attention. @defaultValue 1 */
  readonly attentionHeads?: number;
  /** Groups of every normalization. @defaultValue 32 */
  readonly groups?: number;
  /** Width of the time embedding after its dense layers. @defaultValue `4·channels` */
  readonly timeChannels?: number;
  /** Number of classes, for a class-conditional network. @defaultValue 0, none */
  readonly classes?: number;
  /**
   * Blocks of r×r pixels become channels before the first convolution, and channels pixels after the last: fewer,
   * wider pixels, which is how a small network uses a processor best.
   *
   * @defaultValue `{ spaceToDepth: 1 }`, no change
   */
  readonly stem?: { readonly spaceToDepth: 1 | 2 | 4 };
}

/** A preset by name, its fields replaced by those given beside it. */
export type UnetPreset = { readonly preset: PresetName } & Partial<UnetConfig>;

const DEFAULTS = {
  attentionLevels: [],
  middleAttention: true,
  attentionHeads: 1,
  groups: 32,
  classes: 0,
  stem: { spaceToDepth: 1 },
} as const;
const REQUIRED = ['imageChannels', 'channels', 'channelMultipliers', 'blocksPerLevel'] as const;
const KEYS = [...REQUIRED, ...Object.keys(DEFAULTS), 'timeChannels', 'preset'];

/**
 * The configuration with its preset and defaults filled in.
 *
 * @throws RangeError if a key is unknown or missing, or a value makes no sense
 */
export function resolveConfig(options: UnetConfig | UnetPreset): Required<UnetConfig> {
  for (const key of Object.keys(options)) {
    if (!KEYS.includes(key)) {
      const nearest = nearestName(key, KEYS);
      throw new RangeError(
        `unet: config has no key "${key}"; ${nearest ? `did you mean "${nearest}"?` : `its keys are ${KEYS.join(', ')}`}`,
      );
    }
  }
  const { preset, ...given } = options as Partial<UnetConfig> & { preset?: PresetName };
  const config = { ...DEFAULTS, ...(preset === undefined ? {} : presetOf(preset)), ...given };
  for (const key of REQUIRED) check(config[key] !== undefined, 'unet', key, 'given', 'nothing');
  const complete = config as UnetConfig & typeof DEFAULTS;
  const resolved: Required<UnetConfig> = {
    ...complete,
    timeChannels: complete.timeChannels ?? 4 * complete.channels,
  };
  checkValues(resolved);
  return resolved;
}

function presetOf(name: string): UnetConfig {
  const names = Object.keys(presets);
  const nearest = nearestName(name, names);
  check(
    names.includes(name),
    'unet',
    'preset',
    `one of ${names.join(', ')}`,
    name,
    nearest && `did you mean "${nearest}"?`,
  );
  return presets[name as PresetName];
}

function checkValues(config: Required<UnetConfig>): void {
  const integer = (name: keyof UnetConfig, minimum: number) =>
    checkInteger('unet', name, config[name] as number, minimum);
  integer('imageChannels', 1);
  integer('channels', 1);
  integer('blocksPerLevel', 1);
  integer('attentionHeads', 1);
  integer('groups', 1);
  integer('timeChannels', 1);
  integer('classes', 0);
  const { channels, channelMultipliers, attentionLevels, stem } = config;
  check(
    Array.isArray(channelMultipliers) && channelMultipliers.length > 0,
    'unet',
    'channelMultipliers',
    'a list of at least one number',
    channelMultipliers,
  );
  for (const [level, multiplier] of channelMultipliers.entries()) {
    checkInteger('unet', `channels × channelMultipliers[${level}]`, channels * multiplier, 1);
  }
  check(
    channels % 2 === 0 && channels >= 4,
    'unet',
    'channels',
    'even and at least 4, for the time embedding',
    channels,
  );
  for (const level of attentionLevels) {
    check(
      Number.isInteger(level) && level >= 0 && level < channelMultipliers.length,
      'unet',
      'each of attentionLevels',
      `an integer in [0, ${channelMultipliers.length}), the levels being counted from 0`,
      level,
    );
  }
  check([1, 2, 4].includes(stem.spaceToDepth), 'unet', 'stem.spaceToDepth', '1, 2 or 4', stem.spaceToDepth);
}
