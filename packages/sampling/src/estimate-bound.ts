import { check, type OptionKeys } from '@immiscible/core';
import * as tf from '@tensorflow/tfjs-core';
import { type DynamicThreshold, dynamicThreshold } from './dynamic-threshold.js';

/** How estimates of the clean image are kept within the data's range. */
export interface EstimateOptions {
  /**
   * Range that each estimate of the clean image is clipped to, or `false`.
   *
   * @defaultValue [−1, 1], the range of the data (as in Ho et al. 2020's code), without `threshold`
   */
  readonly clip?: readonly [low: number, high: number] | false;
  /** Dynamic thresholding instead of clipping. */
  readonly threshold?: DynamicThreshold;
}

/** All keys of {@link EstimateOptions}. */
export const ESTIMATE_KEYS: OptionKeys<EstimateOptions> = { clip: true, threshold: true };

/** Keeps an estimate within range; borrows its argument, which it may return. */
export type Bound = (x0: tf.Tensor4D) => tf.Tensor4D;

/**
 * @param fn - the function that was called, for errors
 * @param options - `clip` or `threshold`
 * @returns undefined where estimates are left as they are
 * @throws RangeError if an option is out of range or both are given
 */
export function boundOf(fn: string, options: EstimateOptions): Bound | undefined {
  const { threshold } = options;
  if (threshold) {
    check(!options.clip, fn, 'clip', 'false with threshold', options.clip, 'leave one out');
    return (x0) => dynamicThreshold(x0, threshold);
  }
  const { clip = [-1, 1] } = options;
  if (!clip) return undefined;
  check(clip.length === 2 && clip[0] < clip[1], fn, 'clip', '[low, high] with low < high, or false', clip);
  return (x0) => tf.clipByValue(x0, ...clip);
}
