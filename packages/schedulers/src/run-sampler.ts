import {
  check,
  checkInteger,
  checkLabels,
  checkOptions,
  checkRng,
  checkSameShape,
  type OptionKeys,
  type Rng,
} from '@immiscible/core';
import type { ApplyOptions, Model, Params } from '@immiscible/core/tensors';
import * as tf from '@tensorflow/tfjs-core';
import ndarray, { type NdArray } from 'ndarray';
import { checkModel, float32Data } from './inputs.js';

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

/** What {@link runSampler} takes, out of the options of a sampler that has more. */
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

/** The model with its weights and labels filled in, at one time for the whole batch or one for each sample, `[B]`. */
export type Predict = (xt: tf.Tensor4D, time: number | tf.Tensor1D) => tf.Tensor4D;

/** What a step of a multistep method hands to the next. */
export interface CarryingStep {
  /** The samples after the step. */
  readonly xt: tf.Tensor4D;
  /** float32 `[B,H,W,C]`, for the next step only. */
  readonly carry: tf.Tensor4D;
}

/** One step of a sampler: from one noise level to the next lower one. */
export interface SamplerStep {
  /** The time that the model is given first. */
  readonly time: number;
  /**
   * Runs inside `tf.tidy`.
   *
   * @param xt - float32 `[B,H,W,C]`; borrowed
   * @param noise - fresh standard normal draws of the shape of `xt`, from the images' own streams
   * @param carried - what the step before handed on, if it did; borrowed
   * @returns a new tensor of the shape of `xt`, or that and what the next step needs to know
   */
  readonly update: (
    xt: tf.Tensor4D,
    predict: Predict,
    noise: () => tf.Tensor4D,
    carried?: tf.Tensor4D,
  ) => tf.Tensor4D | CarryingStep;
}

/** A batch on its way from noise to images, as a sampler of its own kind sees it. */
export interface SamplerBatch {
  /** float32 `[B,H,W,C]`, the start; the sampler disposes of it. */
  readonly xt: tf.Tensor4D;
  readonly predict: Predict;
  /** Fresh standard normal draws of the shape of `xt`; the caller owns them. */
  readonly noise: () => tf.Tensor4D;
  /** To be awaited before each step: throws the reason of `signal` if it is aborted. */
  readonly pause: () => Promise<void>;
  /** To be awaited after each step. */
  readonly done: (event: Omit<SamplerEvent, 'first'>) => Promise<void>;
}

/**
 * Draws images by running a list of steps from pure noise: what nearly all samplers share. Image i depends on the
 * weights, `rng.split(i)` and its label, not on the number of images nor on the batch it is in (up to the last bits
 * where a backend's arithmetic depends on the batch size; tfjs's `cpu` doesn't).
 *
 * @param fn - the sampler's name, for errors
 * @param params - borrowed
 * @param options - those that all samplers share; {@link samplerOptions} takes them out of more
 * @returns float32 `[count,H,W,C]`, on the host
 * @throws RangeError if an option is unknown or out of range, the model's output has another shape than its input, or samples
 * aren't finite: names the step after which
 * @throws the reason of `signal` if it is aborted
 */
export async function runSampler(
  fn: string,
  model: Model,
  params: Params,
  steps: readonly SamplerStep[],
  options: SamplerOptions,
): Promise<NdArray<Float32Array>> {
  return runBatches(fn, model, params, options, async ({ xt: start, predict, noise, pause, done }) => {
    let xt = start;
    let carry: tf.Tensor4D | undefined;
    // A number for each step, NaN where the samples after it weren't finite: read only if the images aren't.
    const traces: tf.Scalar[] = [];
    try {
      for (const [step, { time, update }] of steps.entries()) {
        await pause();
        const next = tf.tidy(() => {
          const result = update(xt, predict, noise, carry);
          return result instanceof tf.Tensor ? { xt: result } : { ...result };
        }) as { xt: tf.Tensor4D; carry?: tf.Tensor4D };
        tf.dispose([xt, ...(carry ? [carry] : [])]);
        ({ xt, carry } = next);
        traces.push(tf.tidy(() => tf.sum(tf.mul(next.xt, 0)) as tf.Scalar));
        await done({ step, steps: steps.length, time, xt });
      }
      const last = traces.at(-1);
      if (last && Number.isNaN((await last.data())[0])) await nameStep(fn, steps, traces);
    } catch (error) {
      xt.dispose();
      throw error;
    } finally {
      tf.dispose(traces);
      carry?.dispose();
    }
    return xt;
  });
}

/** @throws RangeError that names the first step whose trace is NaN */
async function nameStep(
  fn: string,
  steps: readonly SamplerStep[],
  traces: readonly tf.Scalar[],
): Promise<void> {
  for (const [step, trace] of traces.entries()) {
    if (!Number.isNaN((await trace.data())[0])) continue;
    const where = `step ${step + 1} of ${steps.length}, at time ${steps[step]?.time}`;
    const fix = 'look at what the model answers there, and at its weights';
    check(false, fn, `the sample after ${where},`, 'finite', NaN, fix);
  }
}

/**
 * Draws images batch by batch with a loop of one's own, for samplers that can't say beforehand which steps they take.
 *
 * @param fn - the sampler's name, for errors
 * @param params - borrowed
 * @param solve - from the start of a batch to its images, float32 `[B,H,W,C]`; disposes of the start, also when it
 * throws
 * @returns float32 `[count,H,W,C]`, on the host
 * @throws RangeError if an option is out of range or the model's output has another shape than its input
 */
export async function runBatches(
  fn: string,
  model: Model,
  params: Params,
  options: SamplerOptions,
  solve: (batch: SamplerBatch) => Promise<tf.Tensor4D>,
): Promise<NdArray<Float32Array>> {
  checkOptions(fn, options, SAMPLER_KEYS);
  const { count, imageShape, rng, batchSize = 64, labels, onStep, signal, seeds, initial } = options;
  checkModel(fn, model);
  checkRng(fn, rng);
  checkInteger(fn, 'count', count, 0);
  checkInteger(fn, 'batchSize', batchSize, 1);
  check(imageShape?.length === 3, fn, 'imageShape', '[height, width, channels]', imageShape);
  for (const size of imageShape) checkInteger(fn, 'each size in imageShape', size, 1);
  if (labels) checkLabels(fn, labels, count);
  if (seeds) {
    check(seeds.length === count, fn, 'seeds', `${count} integers, one an image`, seeds.length);
    for (const seed of Array.from(seeds)) checkInteger(fn, 'each seed', seed, 0);
  }
  const begin = initial && float32Data(fn, 'initial', initial);
  const odd = begin ? begin.findIndex((value) => !Number.isFinite(value)) : -1;
  check(odd === -1, fn, 'initial', 'finite', begin?.[odd]);
  if (initial) checkSameShape(fn, 'initial', initial.shape, '[count, ...imageShape]', [count, ...imageShape]);

  const pixels = imageShape[0] * imageShape[1] * imageShape[2];
  const images = new Float32Array(count * pixels);
  for (let first = 0; first < count; first += batchSize) {
    const size = Math.min(batchSize, count - first);
    const shape: [number, number, number, number] = [size, ...imageShape];
    const streams = Array.from({ length: size }, (_, i) =>
      rng.split(seeds ? (seeds[first + i] as number) : first + i),
    );
    const noise = () => normal(streams, pixels, shape);
    const labelTensor = labels && tf.tensor1d(labels.slice(first, first + size), 'int32');
    const applyOptions: ApplyOptions = labelTensor ? { labels: labelTensor } : {};
    const predict: Predict = (xt, time) => {
      const times = typeof time === 'number' ? tf.fill([size], time) : time;
      const output = model.apply(params, xt, times as tf.Tensor1D, applyOptions);
      checkSameShape(fn, "the model's output", output.shape, 'its input', xt.shape);
      return output;
    };
    const start = begin ? tf.tensor4d(begin.slice(first * pixels, (first + size) * pixels), shape) : noise();
    try {
      const end = await solve({
        ...{ xt: start, predict, noise, pause: () => pause(signal) },
        done: async (event) => onStep?.({ ...event, first }),
      });
      try {
        images.set(await end.data(), first * pixels);
      } finally {
        end.dispose();
      }
    } finally {
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
