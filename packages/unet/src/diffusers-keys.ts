import { check, nearestName } from '@immiscible/core';

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
export interface DiffusersConfig {
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

/** @throws RangeError naming the key if it isn't one of `UNet2DModel`'s, or the value that no network here has */
export function checkDiffusers(fn: string, given: Record<string, unknown>): DiffusersConfig {
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
