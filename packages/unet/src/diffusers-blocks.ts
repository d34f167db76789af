import { check } from '@immiscible/core';
import type { DiffusersConfig } from './diffusers-keys.js';

/** Each type of block on the way down, whether it has attention, and the type on the way up that it goes with. */
const BLOCKS: Readonly<
  Record<string, { attended: boolean; up: string; resampling: 'convolution' | 'residual' | undefined }>
> = {
  DownBlock2D: { attended: false, up: 'UpBlock2D', resampling: 'convolution' },
  ResnetDownsampleBlock2D: { attended: false, up: 'ResnetUpsampleBlock2D', resampling: 'residual' },
  // As downsample_type says.
  AttnDownBlock2D: { attended: true, up: 'AttnUpBlock2D', resampling: undefined },
};

/** Per level: attention, and how the sizes change; both must be alike on the way down and up. */
export function blocksOf(
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
