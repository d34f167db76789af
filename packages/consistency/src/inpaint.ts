import {
  check,
  checkNdArray,
  checkOptions,
  checkSameShape,
  type Elements,
  type OptionKeys,
  rowMajor,
} from '@immiscible/core';
import type { Model, Params } from '@immiscible/core/tensors';
import * as tf from '@tensorflow/tfjs-core';
import ndarray, { type NdArray } from 'ndarray';
import { batchSlicer, consistencyEdit, EDIT_KEYS, type EditOptions } from './consistency-edit.js';

/** Options of {@link inpaint}. */
export interface InpaintOptions extends EditOptions {
  /** float32 `[N,H,W,C]`, of any strides; borrowed. */
  readonly images: NdArray<Float32Array>;
  /** `[N,H,W]`, or `[H,W]` for all of them: not 0 where pixels are to be made up, 0 where they are known. Of any strides and kind of numbers; borrowed. */
  readonly mask: NdArray;
}

const KEYS: OptionKeys<InpaintOptions> = { ...EDIT_KEYS, images: true, mask: true };

/**
 * Fills in missing pixels with a consistency model that was trained for nothing of the kind.
 *
 * `restore(x) = mask ? x : images`, so known pixels come back as they are, to the last bit
 *
 * @param model - trained by any of the consistency objectives
 * @param params - borrowed
 * @param options - images and mask, and how they are edited
 * @returns float32 `[N,H,W,C]`, on the host
 * @throws RangeError if the mask doesn't fit the images or an option is unknown or out of range
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
  checkOptions(fn, options, KEYS);
  const { images, mask, ...rest } = options;
  checkNdArray(fn, 'images', images);
  check(images.shape.length === 4, fn, 'images', 'of shape [N,H,W,C]', images.shape);
  const [count, height, width, channels] = images.shape as [number, number, number, number];
  const marks = rowMajor(fn, 'mask', onTypedArray(mask));
  const shared = mask.shape.length === 2;
  checkSameShape(fn, 'mask', mask.shape, "the images'", shared ? [height, width] : [count, height, width]);
  const pixels = height * width;
  const holes = Float32Array.from({ length: count * pixels }, (_, p) =>
    Number(marks[shared ? p % pixels : p] !== 0),
  );
  const known4d = batchSlicer(fn, 'images', images);
  const holes4d = batchSlicer(fn, 'mask', ndarray(holes, [count, height, width]));
  const begin = (first: number, size: number) => {
    const known = known4d(first, size);
    const missing = tf.tidy(() => {
      return tf.cast(tf.mul(holes4d(first, size), tf.onesLike(known)), 'bool');
    });
    return { tensors: [known, missing], restore: (x: tf.Tensor4D) => tf.where(missing, x, known) };
  };
  const shape = [count, height, width, channels] as const;
  return consistencyEdit(model, params, { fn, shape, begin, options: rest });
}

/** A mask may be an `NdArray` on a plain array. */
function onTypedArray(mask: NdArray): NdArray<Elements> {
  if (!Array.isArray(mask?.data) || !mask.stride) return mask as NdArray<Elements>;
  return ndarray(Float64Array.from(mask.data), mask.shape, mask.stride, mask.offset);
}
