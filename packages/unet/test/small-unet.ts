import { createRng } from '@immiscible/core';
import type { Params } from '@immiscible/core/tensors';
import * as tf from '@tensorflow/tfjs-core';
import { unet, type UnetConfig } from '../src/index.js';

export const small: UnetConfig = {
  imageChannels: 1,
  channels: 8,
  channelMultipliers: [1, 2],
  blocksPerLevel: 1,
  groups: 4,
};
export const size = (shape: readonly number[]) => shape.reduce((count, length) => count * length, 1);
export const total = (shapes: Readonly<Record<string, readonly number[]>>) =>
  Object.values(shapes).reduce((sum, shape) => sum + size(shape), 0);
export const values = (tensor: tf.Tensor) => [...tensor.dataSync()];

/** Weights that are all away from zero, also those that start there. */
export function noisy(model: ReturnType<typeof unet>): Params {
  return Object.fromEntries(
    Object.entries(model.shapes).map(([name, shape]) => {
      const draws = createRng(3)
        .split(name)
        .fillNormal(new Float32Array(size(shape)));
      return [
        name,
        tf.tensor(
          draws.map((v) => 0.3 * v),
          [...shape],
        ),
      ];
    }),
  );
}
export const images = (count: number, ...shape: [number, number, number]) =>
  tf.tensor4d(createRng(5).fillNormal(new Float32Array(count * size(shape))), [count, ...shape]);
