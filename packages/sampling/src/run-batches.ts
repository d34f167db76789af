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
import { checkModel, float32Data } from '@immiscible/schedulers';
import * as tf from '@tensorflow/tfjs-core';
import ndarray, { type NdArray } from 'ndarray';
import { SAMPLER_KEYS, type SamplerEvent, type SamplerOptions } from './sampler-options.js';

/** The model with its weights and labels filled in, at one time for the whole batch or one for each sample, `[B]`. */
export type Predict = (xt: tf.Tensor4D, time: number | tf.Tensor1D) => tf.Tensor4D;

/** A batch on its way from noise to images, as a sampler of its own kind sees it. */
export interface SamplerBatch {
  /** Index of its first image among all. */
  readonly first: number;
  /** float32 `[B,H,W,C]`, the start; the sampler disposes of it. */
  readonly xt: tf.Tensor4D;
  /** Asks the model. */
  readonly predict: Predict;
  /** Fresh standard normal draws of the shape of `xt`; the caller owns them. */
  readonly noise: () => tf.Tensor4D;
  /** To be awaited before each step: throws the reason of `signal` if it is aborted. */
  readonly pause: () => Promise<void>;
  /** To be awaited after each step. */
  readonly done: (event: Omit<SamplerEvent, 'first'>) => Promise<void>;
}

/** Options of {@link runBatches}. */
export interface RunBatchesOptions extends SamplerOptions {
  /** The sampler's name, for errors. */
  readonly fn: string;
  /** From the start of a batch to its images, float32 `[B,H,W,C]`; disposes of the start, also when it throws. */
  readonly solve: (batch: SamplerBatch) => Promise<tf.Tensor4D>;
}

const KEYS: OptionKeys<RunBatchesOptions> = { ...SAMPLER_KEYS, fn: true, solve: true };

/**
 * Draws images batch by batch with a loop of one's own, for samplers that can't say beforehand which steps they take.
 *
 * @param model - of any kind
 * @param params - borrowed
 * @param options - those that all samplers share ({@link samplerOptions} takes them out of more), the name and the loop
 * @returns float32 `[count,H,W,C]`, on the host
 * @throws RangeError if an option is unknown or out of range, or the model's output has another shape than its input
 */
export async function runBatches(
  model: Model,
  params: Params,
  options: RunBatchesOptions,
): Promise<NdArray<Float32Array>> {
  const start = checkedStart(model, options);
  const { count, imageShape, batchSize = 64, solve } = options;
  const pixels = imageShape[0] * imageShape[1] * imageShape[2];
  const images = new Float32Array(count * pixels);
  for (let first = 0; first < count; first += batchSize) {
    const size = Math.min(batchSize, count - first);
    const { batch, dispose } = beginBatch({ model, params, options, start, first, size });
    try {
      const end = await solve(batch);
      try {
        images.set(await end.data(), first * pixels);
      } finally {
        end.dispose();
      }
    } finally {
      dispose();
    }
  }
  return ndarray(images, [count, ...imageShape]);
}

/** What is given to start from, as contiguous values, once all that was given has been checked. */
function checkedStart(model: Model, options: RunBatchesOptions): Float32Array | undefined {
  const { fn = 'runBatches' } = options ?? {};
  checkOptions(fn, options, KEYS);
  const { count, imageShape, rng, batchSize = 64, labels, seeds, initial } = options;
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
  if (!initial) return undefined;
  const start = float32Data(fn, 'initial', initial);
  const odd = start.findIndex((value) => !Number.isFinite(value));
  check(odd === -1, fn, 'initial', 'finite', start[odd]);
  checkSameShape(fn, 'initial', initial.shape, '[count, ...imageShape]', [count, ...imageShape]);
  return start;
}

/** Images `[first, first + size)` of a run. */
interface BatchOfRun {
  readonly model: Model;
  readonly params: Params;
  readonly options: RunBatchesOptions;
  readonly start: Float32Array | undefined;
  readonly first: number;
  readonly size: number;
}

function beginBatch({ model, params, options, start, first, size }: BatchOfRun): {
  batch: SamplerBatch;
  dispose: () => void;
} {
  const { fn, imageShape, rng, seeds, labels, onStep, signal } = options;
  const pixels = imageShape[0] * imageShape[1] * imageShape[2];
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
  const batch: SamplerBatch = {
    first,
    xt: start ? tf.tensor4d(start.slice(first * pixels, (first + size) * pixels), shape) : noise(),
    predict,
    noise,
    pause: () => pause(signal),
    done: async (event) => onStep?.({ ...event, first }),
  };
  return { batch, dispose: () => labelTensor?.dispose() };
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
