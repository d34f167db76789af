import { checkInteger, checkLabels, checkRng, checkSameShape, type OptionKeys } from '@immiscible/core';
import type { Model, Params } from '@immiscible/core/tensors';
import { runSampler, type SamplerOptions, samplerOptions, type SamplerStep } from '@immiscible/sampling';
import { checkModel, float32Data, karrasSigmas } from '@immiscible/schedulers';
import * as tf from '@tensorflow/tfjs-core';
import ndarray, { type NdArray } from 'ndarray';
import {
  consistencyScales,
  type ConsistencyScaling,
  SCALING_KEYS,
  scalingOf,
} from './consistency-function.js';
import { checkSigmas } from './consistency-sample.js';

/** What all editing takes; how many images and of what size is said by what is edited. */
export interface EditOptions
  extends Omit<SamplerOptions, 'count' | 'imageShape' | 'initial'>, ConsistencyScaling {
  /**
   * Noise levels, falling, one for each evaluation of the model.
   *
   * @defaultValue the 17 highest of `karrasSigmas(18)`
   */
  readonly sigmas?: readonly number[];
  /** Whether each answer is clipped to [−1, 1], before what is known is put back. @defaultValue true */
  readonly clip?: boolean;
}

/** All keys of {@link EditOptions}. */
export const EDIT_KEYS: OptionKeys<EditOptions> = {
  ...SCALING_KEYS,
  rng: true,
  seeds: true,
  batchSize: true,
  labels: true,
  onStep: true,
  signal: true,
  sigmas: true,
  clip: true,
};

/** An edit of one batch: puts what is known of the images in the place of what an answer has there. */
export type Restore = (x: tf.Tensor4D) => tf.Tensor4D;

/** The tensors of one batch of an edit; they are disposed of after it. */
export interface BatchEdit {
  readonly restore: Restore;
  readonly tensors: tf.Tensor[];
}

/**
 * Zero-shot editing: sampling in several steps in which, after each of them, the known part of the image is put back, a projection
 * in place of the transform A and the mask Ω of the paper.
 *
 * `x = f(y + σ_1·noise, σ_1)`, then `x = f(x + √(σ² − σ_min²)·noise, σ)`, each followed by `x = restore(x)`; `y = restore(0)`
 *
 * @param begin - makes the edit of the images `[first, first + size)`
 * @see Song et al. 2023, Algorithm 4 (arXiv:2303.01469)
 */
export async function consistencyEdit(
  fn: string,
  model: Model,
  params: Params,
  [count, ...imageShape]: readonly [number, number, number, number],
  begin: (first: number, size: number) => BatchEdit,
  options: EditOptions,
): Promise<NdArray<Float32Array>> {
  const scaling = scalingOf(fn, options);
  const { sigmaMin } = scaling;
  checkModel(fn, model);
  checkRng(fn, options.rng);
  const { sigmas = defaultSigmas(), clip = true, batchSize = 64, labels, seeds, onStep, ...rest } = options;
  checkInteger(fn, 'batchSize', batchSize, 1);
  if (labels) checkLabels(fn, labels, count);
  if (seeds) checkSameShape(fn, 'seeds', [seeds.length], 'the images', [count]);
  checkSigmas(fn, sigmas, sigmaMin);
  const pixels = imageShape.reduce((a, b) => a * b, 1);
  const images = new Float32Array(count * pixels);
  for (let first = 0; first < count; first += batchSize) {
    const size = Math.min(batchSize, count - first);
    const { restore, tensors } = begin(first, size);
    const steps = sigmas.map((sigma, i): SamplerStep => {
      const scales = consistencyScales(sigma, scaling);
      return {
        time: scales.time,
        update: (xt, predict, noise) => {
          const noisy: tf.Tensor4D =
            i === 0
              ? tf.add(restore(tf.zerosLike(xt)), tf.mul(xt, sigma))
              : tf.add(xt, tf.mul(noise(), Math.sqrt(sigma ** 2 - sigmaMin ** 2)));
          const answer = predict(tf.mul(noisy, scales.in), scales.time);
          const image: tf.Tensor4D = tf.add(tf.mul(noisy, scales.skip), tf.mul(answer, scales.out));
          return restore(clip ? tf.clipByValue(image, -1, 1) : image);
        },
      };
    });
    try {
      const done = await runSampler(fn, model, params, steps, {
        ...samplerOptions({ ...rest, count: size, imageShape, batchSize: size }),
        seeds: Array.from({ length: size }, (_, i) => (seeds ? (seeds[first + i] as number) : first + i)),
        ...(labels && { labels: labels.slice(first, first + size) }),
        ...(onStep && { onStep: (event) => onStep({ ...event, first }) }),
      });
      images.set(done.data, first * pixels);
    } finally {
      tf.dispose(tensors);
    }
  }
  return ndarray(images, [count, ...imageShape]);
}

function defaultSigmas(): number[] {
  return [...karrasSigmas(18)].slice(1).reverse();
}

/** What gives images `[first, first + size)` of `[N,H,W,C]` or `[N,H,W]`, of any strides, on the device. */
export function slicer(
  fn: string,
  name: string,
  images: NdArray<Float32Array>,
): (first: number, size: number) => tf.Tensor4D {
  const data = float32Data(fn, name, images);
  const [, height, width, channels = 1] = images.shape as [number, number, number, number?];
  const pixels = height * width * channels;
  return (first, size) =>
    tf.tensor4d(data.slice(first * pixels, (first + size) * pixels), [size, height, width, channels]);
}
