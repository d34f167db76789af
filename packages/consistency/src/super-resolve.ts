import { check, checkInteger, checkNdArray, checkOptions, type OptionKeys } from '@immiscible/core';
import type { Model, Params } from '@immiscible/core/tensors';
import * as tf from '@tensorflow/tfjs-core';
import type { NdArray } from 'ndarray';
import { batchSlicer, consistencyEdit, EDIT_KEYS, type EditOptions } from './consistency-edit.js';

/** Options of {@link superResolve}. */
export interface SuperResolveOptions extends EditOptions {
  /** float32 `[N,h,w,C]`: the mean of each patch of the images looked for; of any strides, borrowed. */
  readonly images: NdArray<Float32Array>;
  /** How many times as high and as wide the result is. */
  readonly factor: number;
}

const KEYS: OptionKeys<SuperResolveOptions> = { ...EDIT_KEYS, images: true, factor: true };

/**
 * Enlarges images with a consistency model of large images that was trained for nothing of the kind.
 *
 * `restore(x) = x + enlarge(images − pool(x))`: pool takes the mean of each patch of factor² pixels, enlarge repeats it, so the
 * result, made small again, is what was given
 *
 * @param model - trained by any of the consistency objectives
 * @param params - borrowed
 * @param options - the small images and the factor, and how they are edited
 * @returns float32 `[N, factor·h, factor·w, C]`, on the host; a little beyond [−1, 1] where the means ask for it
 * @throws RangeError if an option is unknown or out of range
 * @throws the reason of `signal` if it is aborted
 * @see Song et al. 2023, Algorithm 4 with an orthonormal A on patches whose first row is constant (arXiv:2303.01469)
 * @example
 * const large = await superResolve(model, params, { images: small, factor: 4, rng: createRng(0) });
 */
export async function superResolve(
  model: Model,
  params: Params,
  options: SuperResolveOptions,
): Promise<NdArray<Float32Array>> {
  const fn = 'superResolve';
  checkOptions(fn, options, KEYS);
  const { images, factor, ...rest } = options;
  checkNdArray(fn, 'images', images);
  check(images.shape.length === 4, fn, 'images', 'of shape [N,h,w,C]', images.shape);
  checkInteger(fn, 'factor', factor, 1);
  const [count, h, w, channels] = images.shape as [number, number, number, number];
  const small = batchSlicer(fn, 'images', images);
  const begin = (first: number, size: number) => {
    const known = small(first, size);
    const restore = (x: tf.Tensor4D): tf.Tensor4D =>
      tf.add(x, enlarge(tf.sub(known, pool(x, factor)), factor));
    return { tensors: [known], restore };
  };
  const shape = [count, factor * h, factor * w, channels] as const;
  return consistencyEdit(model, params, { fn, shape, begin, options: rest });
}

/** The mean of each patch. */
function pool(x: tf.Tensor4D, factor: number): tf.Tensor4D {
  const [count, height, width, channels] = x.shape;
  const [h, w] = [height / factor, width / factor];
  const rows = tf.mean(tf.reshape(x, [count * h, factor, width * channels]), 1);
  return tf.reshape(tf.mean(tf.reshape(rows, [count * h * w, factor, channels]), 1), [count, h, w, channels]);
}

/** Each pixel as a patch; ranks stay at three. */
function enlarge(x: tf.Tensor4D, factor: number): tf.Tensor4D {
  const [count, h, w, channels] = x.shape;
  const wide = tf.tile(tf.reshape(x, [count * h * w, 1, channels]), [1, factor, 1]);
  const high = tf.tile(tf.reshape(wide, [count * h, 1, w * factor * channels]), [1, factor, 1]);
  return tf.reshape(high, [count, h * factor, w * factor, channels]);
}
