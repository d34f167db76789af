import type { OptionKeys } from '@immiscible/core';
import type { Model, Params } from '@immiscible/core/tensors';
import {
  renoised,
  runBatches,
  runSteps,
  type SamplerOptions,
  samplerOptions,
  type SamplerStep,
} from '@immiscible/sampling';
import { float32Data, karrasSigmas } from '@immiscible/schedulers';
import * as tf from '@tensorflow/tfjs-core';
import type { NdArray } from 'ndarray';
import { type ConsistencyScaling, SCALING_KEYS, scalingOf } from './consistency-function.js';
import { checkSigmas } from './consistency-sample.js';
import { consistencyView } from './consistency-view.js';

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

/** An edit: of how many images of what size, and what is known of them. */
export interface ConsistencyEdit {
  /** The function's name, for errors. */
  readonly fn: string;
  /** `[N,H,W,C]` of the result. */
  readonly shape: readonly [number, number, number, number];
  /** Makes the edit of the images `[first, first + size)`. */
  readonly begin: (first: number, size: number) => BatchEdit;
  readonly options: EditOptions;
}

/**
 * Zero-shot editing: sampling in several steps in which, after each of them, the known part of the image is put back, a projection
 * in place of the transform A and the mask Ω of the paper. That is `renoised` with an estimate that is kept to what is known, begun at
 * what is known instead of at noise alone.
 *
 * `x = f(y + σ_1·noise, σ_1)`, then `x = f(x + √(σ² − σ_min²)·noise, σ)`, each followed by `x = restore(x)`; `y = restore(0)`
 *
 * @see Song et al. 2023, Algorithm 4 (arXiv:2303.01469)
 */
export async function consistencyEdit(
  model: Model,
  params: Params,
  { fn, shape, begin, options }: ConsistencyEdit,
): Promise<NdArray<Float32Array>> {
  const scaling = scalingOf(fn, options);
  const { sigmaMin } = scaling;
  const { sigmas = defaultSigmas(), clip = true } = options;
  checkSigmas(fn, sigmas, sigmaMin);
  const [count, ...imageShape] = shape;
  const view = consistencyView({ ...scaling, clip });
  const solver = renoised({ sigmaMin });
  return runBatches(model, params, {
    ...{ fn, ...samplerOptions({ ...options, count, imageShape }) },
    solve: async (batch) => {
      const { restore, tensors } = begin(batch.first, batch.xt.shape[0]);
      const { bound = (x) => x } = view;
      const steps = solver.steps({ ...view, bound: (x0) => restore(bound(x0)) }, [...sigmas, 0]);
      try {
        return await runSteps(fn, startedAt(restore, sigmas[0] as number, steps), batch);
      } finally {
        tf.dispose(tensors);
      }
    },
  });
}

/** Steps of which the first begins at what is known of the images, with noise of a level. */
function startedAt(restore: Restore, sigma: number, steps: readonly SamplerStep[]): SamplerStep[] {
  const [first, ...others] = steps as [SamplerStep, ...SamplerStep[]];
  const update: SamplerStep['update'] = (noise, ...rest) =>
    first.update(tf.add(restore(tf.zerosLike(noise)), tf.mul(noise, sigma)), ...rest);
  return [{ ...first, update }, ...others];
}

function defaultSigmas(): number[] {
  return [...karrasSigmas(18)].slice(1).reverse();
}

/** What gives the images `[first, first + size)` of `[N,H,W,C]` or `[N,H,W]`, of any strides, on the device. */
export function batchSlicer(
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
