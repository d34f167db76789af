import { type Batch, check, checkSameShape, type Rng } from '@immiscible/core';
import type { ApplyOptions } from '@immiscible/core/tensors';
import type * as tf from '@tensorflow/tfjs-core';
import ndarray, { type NdArray } from 'ndarray';

/** What every objective's step takes from the batch, whatever its noise levels. A type, so that it fits `HostInputs`. */
export type ImageInputs = {
  /** float32 `[B,H,W,C]` */
  readonly x0: NdArray<Float32Array>;
  /** float32 `[B,H,W,C]`, the batch's own. */
  readonly noise: NdArray<Float32Array>;
  /** int32 `[B]`, where the batch has labels. */
  readonly labels?: NdArray<Int32Array>;
  /** int32 scalar, another one at each step: a model that has dropout uses it. */
  readonly dropoutSeed: NdArray<Int32Array>;
};

/**
 * The part of `Objective.prepare` that all objectives share: the batch, checked, and a fresh dropout seed.
 *
 * @param fn - the objective's name, for errors
 * @param batch - borrowed; the result shares its arrays
 * @throws RangeError if noise or labels don't fit the images
 */
export function imageInputs(fn: string, batch: Batch, rng: Rng): ImageInputs {
  const { x0, noise, labels } = batch;
  check(x0.shape.length === 4, fn, 'batch.x0', 'of shape [B,H,W,C]', x0.shape);
  checkSameShape(fn, 'batch.noise', noise.shape, 'batch.x0', x0.shape);
  const count = x0.shape[0] as number;
  if (labels)
    check(labels.length === count, fn, 'batch.labels', `${count} classes, one an image`, labels.length);
  return {
    x0,
    noise,
    ...(labels && { labels: ndarray(labels, [count]) }),
    dropoutSeed: ndarray(Int32Array.of(rng.integer(0, 2 ** 31)), []),
  };
}

/** What a model takes beside sample and time, out of an objective's inputs on the device. */
export function applyOptions(inputs: {
  readonly labels?: tf.Tensor;
  readonly dropoutSeed: tf.Tensor;
}): ApplyOptions {
  const { labels, dropoutSeed } = inputs;
  return {
    dropoutSeed: dropoutSeed as tf.Scalar,
    ...(labels && { labels: labels as tf.Tensor1D }),
  };
}
