import type { OptionKeys, Rng } from '@immiscible/core';
import type * as tf from '@tensorflow/tfjs-core';
import type { NdArray } from 'ndarray';

/** What every sampler takes. */
export interface SamplerOptions {
  /** How many images. */
  readonly count: number;
  /** `[H, W, C]` of one image. */
  readonly imageShape: readonly [height: number, width: number, channels: number];
  /** Image i draws from `rng.split(i)` alone: first its initial noise, then what the sampler adds. */
  readonly rng: Rng;
  /**
   * The stream of each image instead: image i draws from `rng.split(seeds[i])`, so `[1234]` draws again what was
   * image 1234 among many. Integers from 0, `[count]`.
   */
  readonly seeds?: ArrayLike<number>;
  /**
   * What to start from instead of fresh noise, float32 `[count,H,W,C]`: chosen noise, an inverted image, an image with
   * noise of the first time. Of any strides; borrowed.
   */
  readonly initial?: NdArray<Float32Array>;
  /** Images that are sampled at once: a matter of memory and speed only. @defaultValue 64 */
  readonly batchSize?: number;
  /** The class of each image, `[count]`, for a class-conditional model; −1 (`NO_CLASS`) for none. */
  readonly labels?: Int32Array;
  /** Called after each step of each batch, and awaited. */
  readonly onStep?: (event: SamplerEvent) => void | Promise<void>;
  /** Stops between two steps by throwing the signal's reason. */
  readonly signal?: AbortSignal;
}

/** All keys of {@link SamplerOptions}, for the check of a sampler's own. */
export const SAMPLER_KEYS: OptionKeys<SamplerOptions> = {
  count: true,
  imageShape: true,
  rng: true,
  seeds: true,
  initial: true,
  batchSize: true,
  labels: true,
  onStep: true,
  signal: true,
};

/**
 * What {@link runSampler} takes, out of the options of a sampler that has more.
 *
 * @param options - a sampler's own, with more keys
 */
export function samplerOptions(options: SamplerOptions): SamplerOptions {
  const shared = Object.entries(options).filter(([key]) => Object.hasOwn(SAMPLER_KEYS, key));
  return Object.fromEntries(shared) as unknown as SamplerOptions;
}

/** Where a sampler is. */
export interface SamplerEvent {
  /** Index of the step just done, from 0. */
  readonly step: number;
  /** How many there are; infinite where the sampler finds out as it goes. */
  readonly steps: number;
  /** The time that the model was given at the beginning of the step. */
  readonly time: number;
  /** Index of the first image of the batch. */
  readonly first: number;
  /** float32 `[B,H,W,C]`, the samples after the step; borrowed, gone after the call. */
  readonly xt: tf.Tensor4D;
}
