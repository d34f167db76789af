import { check } from '@immiscible/core';
import type { ResolvedUnetConfig, UnetConfig } from './unet-config.js';
import { blocksOf } from './diffusers-blocks.js';
import { checkDiffusers } from './diffusers-keys.js';
import { levelWidths } from './level-widths.js';

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
  checkRepresentable(fn, config);
  const { channels, timeEmbedding: embedding, resampling } = config;
  const fourier = embedding.type === 'fourier';
  const attention = config.channelMultipliers.map((_, level) => config.attentionLevels.includes(level));
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
    down_block_types: attention.map((attended) => (attended ? 'AttnDownBlock2D' : down)),
    up_block_types: attention.map((attended) => (attended ? 'AttnUpBlock2D' : up)).reverse(),
    block_out_channels: levelWidths(channels, config.channelMultipliers),
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

/** @throws RangeError naming the key whose value no `UNet2DModel` has */
function checkRepresentable(fn: string, config: ResolvedUnetConfig): void {
  const one = (key: string, value: unknown, supported: unknown) => {
    const same = JSON.stringify(value) === JSON.stringify(supported);
    check(same, fn, `config.${key}`, `${JSON.stringify(supported)}, as UNet2DModel has it`, value);
  };
  const { channels, timeEmbedding: embedding } = config;
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
}
