import { check, checkSameShape } from '@immiscible/core';
import type { Model, Params } from '@immiscible/core/tensors';
import * as tf from '@tensorflow/tfjs-core';
import ndarray, { type NdArray } from 'ndarray';
import { consistencyEdit, type EditOptions, slice4d } from './consistency-edit.js';

/** Options of {@link inpaint}. */
export interface InpaintOptions extends EditOptions {
  /** float32 `[N,H,W,C]`; borrowed. */
  readonly images: NdArray<Float32Array>;
  /** `[N,H,W]`, or `[H,W]` for all of them: not 0 where pixels are to be made up, 0 where they are known. Borrowed. */
  readonly mask: NdArray;
}

/**
 * Fills in missing pixels with a consistency model that was trained for nothing of the kind.
 *
 * `restore(x) = mask ? x : images`, so known pixels come back as they are, to the last bit
 *
 * @param params - borrowed
 * @returns float32 `[N,H,W,C]`, on the host
 * @throws RangeError if the mask doesn't fit the images or an option is out of range
 * @throws the reason of `signal` if it is aborted
 * @see Song et al. 2023, Algorithm 4 with A the identity (arXiv:2303.01469)
 * @example
 * const whole = await inpaint(model, params, { images, mask, rng: createRng(0) });
 */
export async function inpaint(
  model: Model,
  params: Params,
  options: InpaintOptions,
): Promise<NdArray<Float32Array>> {
  const fn = 'inpaint';
  const { images, mask, ...rest } = options;
  check(images.shape.length === 4, fn, 'images', 'of shape [N,H,W,C]', images.shape);
  const [count, height, width, channels] = images.shape as [number, number, number, number];
  const shared = mask.shape.length === 2;
  checkSameShape(fn, 'mask', mask.shape, "the images'", shared ? [height, width] : [count, height, width]);
  const holes = Float32Array.from({ length: count * height * width }, (_, p) => {
    const [i, y, x] = [Math.floor(p / (height * width)), Math.floor(p / width) % height, p % width];
    return Number((shared ? mask.get(y, x) : mask.get(i, y, x)) !== 0);
  });
  const begin = (first: number, size: number) => {
    const known = slice4d(images, first, size);
    const missing = tf.tidy(() => {
      const one = slice4d(ndarray(holes, [count, height, width]), first, size);
      return tf.cast(tf.mul(one, tf.onesLike(known)), 'bool');
    });
    return { tensors: [known, missing], restore: (x: tf.Tensor4D) => tf.where(missing, x, known) };
  };
  return consistencyEdit(fn, model, params, [count, height, width, channels], begin, rest);
}
