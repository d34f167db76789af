/** Diffusers' names of layers of a residual block. */
const BLOCK: Readonly<Record<string, string>> = {
  norm1: 'norm1',
  conv1: 'conv1',
  time: 'time_emb_proj',
  norm2: 'norm2',
  conv2: 'conv2',
  skip: 'conv_shortcut',
};

const OTHERS: Readonly<Record<string, string>> = {
  'time.0': 'time_embedding.linear_1',
  'time.1': 'time_embedding.linear_2',
  label: 'class_embedding',
  stem: 'conv_in',
  'head.norm': 'conv_norm_out',
  head: 'conv_out',
};

/** Attention's layers as diffusers calls them now, and did at first. */
const ATTENTION: Readonly<Record<string, readonly (readonly string[])[]>> = {
  norm: [['group_norm']],
  qkv: [
    ['to_q', 'query'],
    ['to_k', 'key'],
    ['to_v', 'value'],
  ],
  output: [['to_out.0', 'proj_attn']],
};

/**
 * The names in diffusers' `UNet2DModel` of one parameter: for each of the parameters that ours is made of, the name, and
 * the one that it had before.
 *
 * @param levels - how many the network has: diffusers counts from the lowest on the way up
 */
export function diffusersNames(name: string, levels: number): string[][] {
  const kind = name.slice(name.lastIndexOf('.'));
  const layer = name.slice(0, -kind.length);
  const other = OTHERS[layer];
  if (other !== undefined) return [[other + kind]];
  const parts = layer.split('.');
  const attention = parts.at(-2) === 'attention';
  const block = blockName(parts.slice(0, attention ? -2 : -1), levels);
  const last = parts.at(-1) as string;
  if (attention) {
    return (ATTENTION[last] as readonly (readonly string[])[]).map((names) =>
      names.map((theirs) => `${block.replace('resnets', 'attentions')}.${theirs}${kind}`),
    );
  }
  const inner = BLOCK[last];
  // A convolution between levels has no name of its own within its place.
  if (inner === undefined) return [[`${blockName(parts, levels)}.conv${kind}`]];
  return [[`${block}.${inner}${kind}`]];
}

/** Of `down.1.0`, `middle.0`, `up.2.1`, `down.0.downsample` and the like. */
function blockName([way, first, second]: readonly string[], levels: number): string {
  if (way === 'middle') return `mid_block.resnets.${first}`;
  const place = way === 'down' ? `down_blocks.${first}` : `up_blocks.${levels - 1 - Number(first)}`;
  if (second === 'downsample') return `${place}.downsamplers.0`;
  if (second === 'upsample') return `${place}.upsamplers.0`;
  return `${place}.resnets.${second}`;
}
