import * as tf from '@tensorflow/tfjs-core';
import { check, checkLabels } from '@immiscible/core';
import type { ApplyOptions } from '@immiscible/core/tensors';
import type { ResolvedUnetConfig } from './unet-config.js';

/** @throws RangeError unless a U-Net of this configuration can work on these inputs */
export function checkInputs(
  config: ResolvedUnetConfig,
  x: tf.Tensor4D,
  time: tf.Tensor1D,
  { labels, dropoutSeed }: ApplyOptions,
): void {
  const [batch, height, width, channels] = x.shape;
  const { imageChannels, selfConditioning } = config;
  check(
    x.shape.length === 4 &&
      (channels === imageChannels || (selfConditioning && channels === 2 * imageChannels)),
    'unet',
    'x',
    selfConditioning
      ? `of shape [B,H,W,${imageChannels}], or [B,H,W,${2 * imageChannels}] with an estimate`
      : `of shape [B,H,W,${imageChannels}]`,
    x.shape,
  );
  const multiple = config.stem.spaceToDepth * 2 ** (config.channelMultipliers.length - 1);
  const fitting = (size: number) => Math.max(multiple, Math.round(size / multiple) * multiple);
  check(
    height % multiple === 0 && width % multiple === 0,
    'unet',
    'height and width of x',
    `multiples of ${multiple} (${config.channelMultipliers.length} levels, spaceToDepth ${config.stem.spaceToDepth})`,
    [height, width],
    `resize or pad the images, to [${fitting(height)},${fitting(width)}] for example`,
  );
  check(
    time.shape.length === 1 && time.shape[0] === batch,
    'unet',
    'time',
    `of shape [${batch}] like x`,
    time.shape,
  );
  const scalar = dropoutSeed === undefined || (dropoutSeed.rank === 0 && dropoutSeed.dtype === 'int32');
  const found = dropoutSeed && `${dropoutSeed.dtype} [${dropoutSeed.shape.join(',')}]`;
  check(scalar, 'unet', 'dropoutSeed', 'an int32 scalar', found);
  if (config.classes === 0) {
    check(
      labels === undefined,
      'unet',
      'labels',
      'absent',
      labels,
      'set `classes` for a class-conditional network, or leave labels out of the batches',
    );
    return;
  }
  if (labels?.shape.length !== 1 || labels.shape[0] !== batch || labels.dtype !== 'int32') {
    const found = labels ? `${labels.dtype} [${labels.shape.join(',')}]` : 'none';
    throw new RangeError(`unet: labels must be int32 of shape [${batch}], −1 for no class, got ${found}`);
  }
  const values = valuesAtHand(labels);
  if (values) checkLabels('unet', values, values.length, config.classes);
}

/**
 * A tensor's values where looking at them costs nothing: not on a GPU, which would have to be waited for, nor in a step that is
 * being recorded, where there are none yet.
 */
function valuesAtHand(tensor: tf.Tensor): ArrayLike<number> | undefined {
  if (!['cpu', 'wasm', 'tensorflow'].includes(tf.getBackend())) return undefined;
  try {
    return tensor.dataSync();
  } catch {
    return undefined;
  }
}
