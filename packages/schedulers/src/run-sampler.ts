import {
  type ApplyOptions,
  check,
  checkInteger,
  checkSameShape,
  type Model,
  type Params,
  type Rng,
} from '@immiscible/core';
import * as tf from '@tensorflow/tfjs-core';
import ndarray, { type NdArray } from 'ndarray';

/** What every sampler takes. */
export interface SamplerOptions {
  /** How many images. */
  readonly count: number;
  /** `[H, W, C]` of one image. */
  readonly imageShape: readonly [height: number, width: number, channels: number];
  /** Image i draws from `rng.split(i)` alone: first its initial noise, then what the sampler adds. */
  readonly rng: Rng;
  /** Images that are sampled at once: a matter of memory and speed only. @defaultValue 64 */
  readonly batchSize?: number;
  /** The class of each image, `[count]`, for a class-conditional model. */
  readonly labels?: Int32Array;
  /** Called after each step of each batch, and awaited. */
  readonly onStep?: (event: SamplerEvent) => void | Promise<void>;
  /** Stops between two steps by throwing the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Where a sampler is. */
export interface SamplerEvent {
  /** Index of the step just done, from 0. */
  readonly step: number;
  readonly steps: number;
  /** The time that the model was given at the beginning of the step. */
  readonly time: number;
  /** Index of the first image of the batch. */
  readonly first: number;
  /** float32 `[B,H,W,C]`, the samples after the step; borrowed, gone after the call. */
  readonly xt: tf.Tensor4D;
}

/** The model with its weights and labels filled in, at one time for the whole batch. */
export type Predict = (xt: tf.Tensor4D, time: number) => tf.Tensor4D;

/** One step of a sampler: from one noise level to the next lower one. */
export interface SamplerStep {
  /** The time that the model is given first. */
  readonly time: number;
  /**
   * Runs inside `tf.tidy`.
   *
   * @param xt - float32 `[B,H,W,C]`; borrowed
   * @param noise - fresh standard normal draws of the shape of `xt`, from the images' own streams
   * @returns a new tensor of the shape of `xt`
   */
  readonly update: (xt: tf.Tensor4D, predict: Predict, noise: () => tf.Tensor4D) => tf.Tensor4D;
}

/**
 * Draws images by running a list of steps from pure noise: what all samplers share. Image i depends on the weights,
 * `rng.split(i)` and its label, not on the number of images nor on the batch it is in (up to the last bits where a
 * backend's arithmetic depends on the batch size; tfjs's `cpu` doesn't).
 *
 * @param fn - the sampler's name, for errors
 * @param params - borrowed
 * @returns float32 `[count,H,W,C]`, on the host
 * @throws RangeError if an option is out of range or the model's output has another shape than its input
 * @throws the reason of `signal` if it is aborted
 */
export async function runSampler(
  fn: string,
  model: Model,
  params: Params,
  steps: readonly SamplerStep[],
  options: SamplerOptions,
): Promise<NdArray<Float32Array>> {
  const { count, imageShape, rng, batchSize = 64, labels, onStep, signal } = options;
  checkInteger(fn, 'count', count, 0);
  checkInteger(fn, 'batchSize', batchSize, 1);
  check(imageShape.length === 3, fn, 'imageShape', '[height, width, channels]', imageShape);
  for (const size of imageShape) checkInteger(fn, 'each size in imageShape', size, 1);
  if (labels)
    check(labels.length === count, fn, 'labels', `${count} class indices, one an image`, labels.length);

  const pixels = imageShape[0] * imageShape[1] * imageShape[2];
  const images = new Float32Array(count * pixels);
  for (let first = 0; first < count; first += batchSize) {
    const size = Math.min(batchSize, count - first);
    const streams = Array.from({ length: size }, (_, i) => rng.split(first + i));
    const noise = () => normal(streams, pixels, [size, ...imageShape]);
    const labelTensor = labels && tf.tensor1d(labels.slice(first, first + size), 'int32');
    const applyOptions: ApplyOptions = labelTensor ? { labels: labelTensor } : {};
    const predict: Predict = (xt, time) => {
      const output = model.apply(params, xt, tf.fill([size], time), applyOptions);
      checkSameShape(fn, "the model's output", output.shape, 'its input', xt.shape);
      return output;
    };

    let xt = noise();
    try {
      for (const [step, { time, update }] of steps.entries()) {
        await pause(signal);
        const next = tf.tidy(() => update(xt, predict, noise));
        xt.dispose();
        xt = next;
        await onStep?.({ step, steps: steps.length, time, first, xt });
      }
      images.set(await xt.data(), first * pixels);
    } finally {
      xt.dispose();
      labelTensor?.dispose();
    }
  }
  return ndarray(images, [count, ...imageShape]);
}

/** The next draws of each stream, one image each. */
function normal(
  streams: readonly Rng[],
  pixels: number,
  shape: [number, number, number, number],
): tf.Tensor4D {
  const data = new Float32Array(streams.length * pixels);
  streams.forEach((stream, i) => stream.fillNormal(data.subarray(i * pixels, (i + 1) * pixels)));
  return tf.tensor4d(data, shape, 'float32');
}

/** Lets timers and signal handlers run, which a backend that computes synchronously never does, then stops if asked. */
async function pause(signal: AbortSignal | undefined): Promise<void> {
  if (!signal) return;
  await new Promise<void>((resolve) => {
    if (typeof setImmediate === 'function') setImmediate(resolve);
    else setTimeout(resolve, 0);
  });
  signal.throwIfAborted();
}
