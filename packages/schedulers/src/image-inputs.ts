import { type Batch, checkLabels, checkRng, checkSameShape, type Rng } from '@immiscible/core';
import type { ApplyOptions } from '@immiscible/core/tensors';
import type * as tf from '@tensorflow/tfjs-core';
import ndarray, { type NdArray } from 'ndarray';
import { checkBatch, float32Data } from './argument-checks.js';

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
 * @param batch - borrowed; of any strides. The result is contiguous and shares its arrays where they are
 * @param rng - the step's own; the dropout seed is drawn from it
 * @throws TypeError if images or noise are no float32 `NdArray`
 * @throws RangeError if noise or labels don't fit the images
 */
export function imageInputs(fn: string, batch: Batch, rng: Rng): ImageInputs {
  checkBatch(fn, batch);
  checkRng(fn, rng);
  const { x0, noise, labels } = batch;
  const [images, draws] = [float32Data(fn, 'batch.x0', x0), float32Data(fn, 'batch.noise', noise)];
  checkSameShape(fn, 'batch.noise', noise.shape, 'batch.x0', x0.shape);
  const count = x0.shape[0] as number;
  if (labels) checkLabels(fn, labels, count);
  return {
    x0: ndarray(images, x0.shape),
    noise: ndarray(draws, noise.shape),
    ...(labels && {
      labels: ndarray(labels instanceof Int32Array ? labels : Int32Array.from(labels), [count]),
    }),
    dropoutSeed: ndarray(Int32Array.of(rng.integer(0, 2 ** 31)), []),
  };
}

/**
 * What a model takes beside sample and time, out of an objective's inputs on the device.
 *
 * @param inputs - what {@link imageInputs} made, as tensors; borrowed
 */
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
