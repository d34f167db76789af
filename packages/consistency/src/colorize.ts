import { check, checkNdArray, checkOptions, type OptionKeys } from '@immiscible/core';
import type { Model, Params } from '@immiscible/core/tensors';
import * as tf from '@tensorflow/tfjs-core';
import type { NdArray } from 'ndarray';
import { batchSlicer, consistencyEdit, EDIT_KEYS, type EditOptions } from './consistency-edit.js';

/** Options of {@link colorize}. */
export interface ColorizeOptions extends EditOptions {
  /** float32 `[N,H,W]` or `[N,H,W,1]`: the luminance of each pixel, in [−1, 1] as the images'; of any strides, borrowed. */
  readonly gray: NdArray<Float32Array>;
}

const KEYS: OptionKeys<ColorizeOptions> = { ...EDIT_KEYS, gray: true };

/** Of red, green and blue in luminance (Song et al. 2023, appendix D; ITU-R BT.601). They add up to 0.9999. */
export const LUMINANCE: readonly [number, number, number] = [0.2989, 0.587, 0.114];

/**
 * Colors gray images with a consistency model of RGB images that was trained for nothing of the kind.
 *
 * `restore(x) = x + w·(gray − w·x)/‖w‖²` for each pixel, w = {@link LUMINANCE}: the nearest color whose luminance is the given one
 *
 * @param model - trained by any of the consistency objectives
 * @param params - borrowed
 * @param options - the gray images, and how they are edited
 * @returns float32 `[N,H,W,3]`, on the host, with the given luminance; a little beyond [−1, 1] where that asks for it
 * @throws RangeError if the shape isn't one of gray images or an option is unknown or out of range
 * @throws the reason of `signal` if it is aborted
 * @see Song et al. 2023, Algorithm 4 with an orthonormal A whose first row is w/‖w‖ (arXiv:2303.01469)
 * @example
 * const colored = await colorize(model, params, { gray, rng: createRng(0) });
 */
export async function colorize(
  model: Model,
  params: Params,
  options: ColorizeOptions,
): Promise<NdArray<Float32Array>> {
  const fn = 'colorize';
  checkOptions(fn, options, KEYS);
  const { gray, ...rest } = options;
  checkNdArray(fn, 'gray', gray);
  const [count, height, width, channels = 1] = gray.shape as [number, number, number, number?];
  const fits = (gray.shape.length === 3 || gray.shape.length === 4) && channels === 1;
  check(fits, fn, 'gray', 'of shape [N,H,W] or [N,H,W,1]', gray.shape);
  const images = batchSlicer(fn, 'gray', gray);
  const power = LUMINANCE.reduce((sum, w) => sum + w * w, 0);
  const begin = (first: number, size: number) => {
    const known = images(first, size);
    const weights = tf.tensor1d([...LUMINANCE]);
    const restore = (x: tf.Tensor4D): tf.Tensor4D => {
      const missing = tf.sub(known, tf.sum(tf.mul(x, weights), -1, true));
      return tf.add(x, tf.mul(tf.div(missing, power), weights));
    };
    return { tensors: [known, weights], restore };
  };
  const shape = [count, height, width, 3] as const;
  return consistencyEdit(model, params, { fn, shape, begin, options: rest });
}
