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
  /**
   * How likely an activation of a residual block is zero while training, which is when `apply` gets a `dropoutSeed`;
   * rounded to a multiple of 1/4096. @defaultValue 0
   */
  readonly dropout?: number;
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
  dropout: 0,
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
  checkKeys('config', options, KEYS);
  const { preset, ...given } = options as Partial<UnetConfig> & { preset?: PresetName };
  const config = { ...DEFAULTS, ...(preset === undefined ? {} : presetOf(preset)), ...given };
  const missing = REQUIRED.find((key) => config[key] === undefined);
  if (missing !== undefined) throw new RangeError(`unet: ${missing} must be given, or a preset, got neither`);
  const complete = config as UnetConfig & typeof DEFAULTS;
  const resolved = { ...complete, timeChannels: complete.timeChannels ?? 4 * complete.channels };
  checkValues(resolved);
  return resolved;
}

function presetOf(name: string): UnetConfig {
  const names = Object.keys(presets);
  const nearest = nearestName(name, names);
  const fix = nearest && `did you mean "${nearest}"?`;
  check(names.includes(name), 'unet', 'preset', `one of ${names.join(', ')}`, name, fix);
  return presets[name as PresetName];
}

function checkKeys(what: string, object: object, known: readonly string[]): void {
  const unknown = Object.keys(object).find((key) => !known.includes(key));
  if (unknown === undefined) return;
  const nearest = nearestName(unknown, known);
  const fix = nearest ? `did you mean "${nearest}"?` : `its keys are ${known.join(', ')}`;
  throw new RangeError(`unet: ${what} has no key "${unknown}"; ${fix}`);
}

function checkValues(config: Required<UnetConfig>): void {
  const { channels, channelMultipliers, attentionLevels, middleAttention, stem } = config;
  for (const key of [
    'imageChannels',
    'channels',
    'blocksPerLevel',
    'attentionHeads',
    'groups',
    'timeChannels',
  ] as const) {
    checkInteger('unet', key, config[key], 1);
  }
  checkInteger('unet', 'classes', config.classes, 0);
  check(
    channels % 2 === 0 && channels >= 4,
    'unet',
    'channels',
    'even and at least 4, for the time embedding',
    channels,
  );
  const { dropout } = config;
  check(
    typeof dropout === 'number' && dropout >= 0 && dropout < 1,
    'unet',
    'dropout',
    'a probability in [0, 1)',
    dropout,
  );
  const listed = Array.isArray(channelMultipliers) && channelMultipliers.length > 0;
  check(listed, 'unet', 'channelMultipliers', 'a list of at least one number', channelMultipliers);
  channelMultipliers.forEach((multiplier, level) => {
    checkInteger('unet', `channels × channelMultipliers[${level}]`, channels * multiplier, 1);
  });
  check(Array.isArray(attentionLevels), 'unet', 'attentionLevels', 'a list', attentionLevels);
  const levels = `an integer in [0, ${channelMultipliers.length}), the levels being counted from 0`;
  for (const level of attentionLevels) {
    const known = Number.isInteger(level) && level >= 0 && level < channelMultipliers.length;
    check(known, 'unet', 'each of attentionLevels', levels, level);
  }
  check(typeof middleAttention === 'boolean', 'unet', 'middleAttention', 'true or false', middleAttention);
  checkKeys('stem', stem, ['spaceToDepth']);
  check([1, 2, 4].includes(stem.spaceToDepth), 'unet', 'stem.spaceToDepth', '1, 2 or 4', stem.spaceToDepth);
}
