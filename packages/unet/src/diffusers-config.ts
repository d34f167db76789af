import { check } from '@immiscible/core';
import type { ResolvedUnetConfig, UnetConfig } from './config.js';
import { nearestName } from './nearest-name.js';

/** What diffusers' `UNet2DModel` takes a missing key for. */
const DEFAULTS = {
  sample_size: null,
  in_channels: 3,
  out_channels: 3,
  center_input_sample: false,
  time_embedding_type: 'positional',
  time_embedding_dim: null,
  freq_shift: 0,
  flip_sin_to_cos: true,
  down_block_types: ['DownBlock2D', 'AttnDownBlock2D', 'AttnDownBlock2D', 'AttnDownBlock2D'],
  mid_block_type: 'UNetMidBlock2D',
  up_block_types: ['AttnUpBlock2D', 'AttnUpBlock2D', 'AttnUpBlock2D', 'UpBlock2D'],
  block_out_channels: [224, 448, 672, 896],
  layers_per_block: 2,
  mid_block_scale_factor: 1,
  downsample_padding: 1,
  downsample_type: 'conv',
  upsample_type: 'conv',
  dropout: 0,
  act_fn: 'silu',
  attention_head_dim: 8,
  norm_num_groups: 32,
  attn_norm_num_groups: null,
  norm_eps: 1e-5,
  resnet_time_scale_shift: 'default',
  add_attention: true,
  class_embed_type: null,
  num_class_embeds: null,
  num_train_timesteps: null,
};

/** A `config.json` of `UNet2DModel`, its defaults filled in. */
interface DiffusersConfig {
  readonly in_channels: number;
  readonly out_channels: number;
  readonly center_input_sample: boolean;
  readonly time_embedding_type: string;
  readonly time_embedding_dim: number | null;
  readonly freq_shift: 0 | 1;
  readonly flip_sin_to_cos: boolean;
  readonly down_block_types: readonly string[];
  readonly up_block_types: readonly string[];
  readonly block_out_channels: readonly number[];
  readonly layers_per_block: number;
  readonly downsample_padding: number;
  readonly downsample_type: string;
  readonly upsample_type: string;
  readonly dropout: number;
  readonly attention_head_dim: number | null;
  readonly norm_num_groups: number;
  readonly norm_eps: number;
  readonly resnet_time_scale_shift: string;
  readonly add_attention: boolean;
  readonly num_class_embeds: number | null;
}

/** Each type of block on the way down, whether it has attention, and the type on the way up that it goes with. */
const BLOCKS: Readonly<
  Record<string, { attended: boolean; up: string; resampling: 'convolution' | 'residual' | undefined }>
> = {
  DownBlock2D: { attended: false, up: 'UpBlock2D', resampling: 'convolution' },
  ResnetDownsampleBlock2D: { attended: false, up: 'ResnetUpsampleBlock2D', resampling: 'residual' },
  // As downsample_type says.
  AttnDownBlock2D: { attended: true, up: 'AttnUpBlock2D', resampling: undefined },
};

/** @throws RangeError naming the key if it isn't one of `UNet2DModel`'s, or the value that no network here has */
function checkDiffusers(fn: string, given: Record<string, unknown>): DiffusersConfig {
  const known = Object.keys(DEFAULTS);
  for (const [key, value] of Object.entries(given)) {
    if (key.startsWith('_') || known.includes(key)) continue;
    const nearest = nearestName(key, known);
    const fix = nearest ? `; did you mean "${nearest}"?` : '';
    throw new RangeError(
      `${fn}: config must have only keys of UNet2DModel, got "${key}": ${JSON.stringify(value)}${fix}`,
    );
  }
  check(
    given['_class_name'] === undefined || given['_class_name'] === 'UNet2DModel',
    fn,
    'config._class_name',
    '"UNet2DModel"',
    given['_class_name'],
  );
  const config = { ...DEFAULTS, ...given };
  const one = (key: keyof typeof DEFAULTS, ...supported: unknown[]) => {
    const listed = supported.map((value) => JSON.stringify(value)).join(' or ');
    check(supported.includes(config[key]), fn, `config.${key}`, `${listed} (what is supported)`, config[key]);
  };
  one('time_embedding_type', 'positional', 'fourier');
  one('mid_block_type', 'UNetMidBlock2D');
  one('mid_block_scale_factor', 1);
  one('downsample_padding', 0, 1);
  one('downsample_type', 'conv', 'resnet');
  one('upsample_type', 'conv', 'resnet');
  one('act_fn', 'silu', 'swish');
  one('resnet_time_scale_shift', 'default', 'scale_shift');
  one('class_embed_type', null);
  one('freq_shift', 0, 1);
  for (const key of ['center_input_sample', 'flip_sin_to_cos', 'add_attention'] as const) {
    one(key, true, false);
  }
  const { norm_num_groups: groups } = config;
  check(Number.isInteger(groups), fn, 'config.norm_num_groups', 'an integer (what is supported)', groups);
  // Without a number of its own, the attention in the middle has no normalization where time scales and shifts.
  const scaled = config.resnet_time_scale_shift === 'scale_shift' && config.add_attention;
  one('attn_norm_num_groups', ...(scaled ? [] : [null]), groups);
  return config as DiffusersConfig;
}

/** Per level: attention, and how the sizes change; both must be alike on the way down and up. */
function blocksOf(
  fn: string,
  config: DiffusersConfig,
): { attentionLevels: number[]; resampling: 'convolution' | 'residual' } {
  const { down_block_types: down, up_block_types: up, block_out_channels: widths } = config;
  for (const [key, list] of Object.entries({ down_block_types: down, up_block_types: up })) {
    const long = Array.isArray(list) && Array.isArray(widths) && list.length === widths.length;
    check(long, fn, `config.${key}`, 'as long as block_out_channels', list);
  }
  const types = Object.keys(BLOCKS).join(', ');
  const attentionLevels: number[] = [];
  const kinds = new Set<string>();
  down.forEach((type, level) => {
    const block = BLOCKS[type];
    check(block !== undefined, fn, `config.down_block_types[${level}]`, `one of ${types}`, type);
    const last = level === down.length - 1;
    const theirs = up[down.length - 1 - level];
    // Blocks that don't change the size differ in nothing but attention.
    const partner = Object.values(BLOCKS).find(({ up }) => up === theirs);
    check(
      partner !== undefined && partner.attended === block.attended,
      fn,
      `config.up_block_types[${down.length - 1 - level}]`,
      `"${block.up}", as ${type} is on the way down`,
      theirs,
    );
    if (block.attended) attentionLevels.push(level);
    const typed = (text: string) => (text === 'resnet' ? 'residual' : 'convolution');
    if (!last) kinds.add(block.resampling ?? typed(config.downsample_type));
    if (level > 0) kinds.add(partner.resampling ?? typed(config.upsample_type));
  });
  check(kinds.size <= 1, fn, 'config.down_block_types', 'all with one way to change sizes', [...kinds]);
  return {
    attentionLevels,
    resampling: kinds.has('residual') ? 'residual' : 'convolution',
  };
}

/**
 * The configuration here of a `config.json` of diffusers' `UNet2DModel`.
 *
 * @param frequencies - of a Fourier embedding: `time_proj.weight`
 * @throws RangeError naming the key, its value and what is supported
 */
export function configFromDiffusers(
  fn: string,
  given: Record<string, unknown>,
  frequencies: readonly number[] | undefined,
): UnetConfig {
  const config = checkDiffusers(fn, given);
  const { attentionLevels, resampling } = blocksOf(fn, config);
  const widths = config.block_out_channels;
  const channels = widths[0] as number;
  const fourier = config.time_embedding_type === 'fourier';
  if (fourier) {
    const found = frequencies?.length;
    check(found === channels, fn, 'weights["time_proj.weight"]', `of shape [${channels}]`, found);
  }
  return {
    imageChannels: config.in_channels,
    outputChannels: config.out_channels,
    channels,
    channelMultipliers: widths.map((width) => width / channels),
    blocksPerLevel: config.layers_per_block,
    attentionLevels,
    middleAttention: config.add_attention,
    headChannels: config.attention_head_dim ?? 0,
    groups: config.norm_num_groups,
    normEpsilon: config.norm_eps,
    conditioning: config.resnet_time_scale_shift === 'default' ? 'shift' : 'scaleShift',
    timeEmbedding: fourier
      ? {
          type: 'fourier',
          logarithm: true,
          channels: 2 * channels,
          frequencies: frequencies as readonly number[],
        }
      : {
          type: 'positional',
          order: config.flip_sin_to_cos ? 'cosSin' : 'sinCos',
          frequencyShift: config.freq_shift,
        },
    ...(config.time_embedding_dim === null ? {} : { timeChannels: config.time_embedding_dim }),
    classes: config.num_class_embeds ?? 0,
    dropout: config.dropout,
    resampling,
    downsamplePadding: resampling === 'convolution' && config.downsample_padding === 1 ? 'both' : 'end',
    centerInput: config.center_input_sample,
    divideByTime: fourier,
  };
}

/**
 * The other way round.
 *
 * @throws RangeError naming the key whose value no `UNet2DModel` has
 */
export function configToDiffusers(
  fn: string,
  config: ResolvedUnetConfig,
  sampleSize: number | readonly number[] | undefined,
): Record<string, unknown> {
  const one = (key: string, value: unknown, supported: unknown) => {
    const same = JSON.stringify(value) === JSON.stringify(supported);
    check(same, fn, `config.${key}`, `${JSON.stringify(supported)}, as UNet2DModel has it`, value);
  };
  const { channels, timeEmbedding: embedding, resampling } = config;
  const fourier = embedding.type === 'fourier';
  one('stem.spaceToDepth', config.stem.spaceToDepth, 1);
  one('upAttention', config.upAttention, 'each');
  one('attentionHeads', config.attentionHeads, 1);
  one('resampleFilter', config.resampleFilter, [1, 1]);
  for (const key of ['skipRescale', 'progressiveInput', 'selfConditioning'] as const) {
    one(key, config[key], false);
  }
  one('resampleSkip', config.resampleSkip, 'identity');
  one('divideByTime', config.divideByTime, fourier);
  one('timeEmbedding.channels', embedding.channels, fourier ? 2 * channels : channels);
  if (fourier) {
    one('timeEmbedding.logarithm', embedding.logarithm, true);
    one('timeEmbedding.order', embedding.order, 'sinCos');
    check(
      embedding.frequencies.length > 0,
      fn,
      'config.timeEmbedding.frequencies',
      'given, as UNet2DModel keeps them among its weights',
      embedding.frequencies,
    );
  }
  const levels = config.channelMultipliers.map((_, level) => config.attentionLevels.includes(level));
  const plain = resampling === 'residual' ? 'Resnet' : '';
  const down = plain ? 'ResnetDownsampleBlock2D' : 'DownBlock2D';
  const up = plain ? 'ResnetUpsampleBlock2D' : 'UpBlock2D';
  return {
    _class_name: 'UNet2DModel',
    sample_size: sampleSize ?? null,
    in_channels: config.imageChannels,
    out_channels: config.outputChannels,
    center_input_sample: config.centerInput,
    time_embedding_type: embedding.type,
    time_embedding_dim: config.timeChannels,
    freq_shift: fourier ? 0 : embedding.frequencyShift,
    flip_sin_to_cos: embedding.order === 'cosSin',
    down_block_types: levels.map((attended) => (attended ? 'AttnDownBlock2D' : down)),
    up_block_types: levels.map((attended) => (attended ? 'AttnUpBlock2D' : up)).reverse(),
    block_out_channels: config.channelMultipliers.map((multiplier) => channels * multiplier),
    layers_per_block: config.blocksPerLevel,
    downsample_padding: config.downsamplePadding === 'both' ? 1 : 0,
    downsample_type: plain ? 'resnet' : 'conv',
    upsample_type: plain ? 'resnet' : 'conv',
    dropout: config.dropout,
    attention_head_dim: config.headChannels === 0 ? null : config.headChannels,
    norm_num_groups: config.groups,
    attn_norm_num_groups: config.groups,
    norm_eps: config.normEpsilon,
    resnet_time_scale_shift: config.conditioning === 'shift' ? 'default' : 'scale_shift',
    add_attention: config.middleAttention,
    num_class_embeds: config.classes === 0 ? null : config.classes,
  };
}
