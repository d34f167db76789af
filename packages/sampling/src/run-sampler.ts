import { check, checkOptions, type OptionKeys } from '@immiscible/core';
import type { Model, Params } from '@immiscible/core/tensors';
import * as tf from '@tensorflow/tfjs-core';
import type { NdArray } from 'ndarray';
import { type Predict, runBatches, type SamplerBatch } from './run-batches.js';
import { SAMPLER_KEYS, type SamplerOptions } from './sampler-options.js';

/** What a step of a multistep method hands to the next. */
export interface CarryingStep {
  /** The samples after the step. */
  readonly xt: tf.Tensor4D;
  /** float32 `[B,H,W,C]` each, for the next step only. */
  readonly carry: readonly tf.Tensor4D[];
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
   * @param carried - what the step before handed on; borrowed
   * @returns a new tensor of the shape of `xt`, or that and what the next step needs to know
   */
  readonly update: (
    xt: tf.Tensor4D,
    predict: Predict,
    noise: () => tf.Tensor4D,
    carried: readonly tf.Tensor4D[],
  ) => tf.Tensor4D | CarryingStep;
}

/** Options of {@link runSampler}. */
export interface RunSamplerOptions extends SamplerOptions {
  /** The sampler's name, for errors. */
  readonly fn: string;
  /** From noise to images. */
  readonly steps: readonly SamplerStep[];
}

const KEYS: OptionKeys<RunSamplerOptions> = { ...SAMPLER_KEYS, fn: true, steps: true };

/**
 * Draws images by running a list of steps from pure noise: what nearly all samplers share. Image i depends on the
 * weights, `rng.split(i)` and its label, not on the number of images nor on the batch it is in (up to the last bits
 * where a backend's arithmetic depends on the batch size; tfjs's `cpu` doesn't).
 *
 * @param model - of any kind
 * @param params - borrowed
 * @param options - those that all samplers share ({@link samplerOptions} takes them out of more), the name and the steps
 * @returns float32 `[count,H,W,C]`, on the host
 * @throws RangeError if an option is unknown or out of range, the model's output has another shape than its input, or samples
 * aren't finite: names the step after which
 * @throws the reason of `signal` if it is aborted
 */
export async function runSampler(
  model: Model,
  params: Params,
  options: RunSamplerOptions,
): Promise<NdArray<Float32Array>> {
  const { fn = 'runSampler', steps, ...shared } = options ?? {};
  checkOptions(fn, options, KEYS);
  check(Array.isArray(steps), fn, 'steps', 'a list of SamplerSteps', steps);
  return runBatches(model, params, { ...shared, fn, solve: (batch) => runSteps(fn, steps, batch) });
}

/**
 * Runs a list of steps on one batch of {@link runBatches}.
 *
 * @param fn - the sampler's name, for errors
 * @param steps - from noise to images
 * @param batch - whose start is disposed of
 * @returns float32 `[B,H,W,C]`
 * @throws RangeError if samples aren't finite: names the step after which
 */
export async function runSteps(
  fn: string,
  steps: readonly SamplerStep[],
  { xt: start, predict, noise, pause, done }: SamplerBatch,
): Promise<tf.Tensor4D> {
  let xt = start;
  let carry: readonly tf.Tensor4D[] = [];
  // A number for each step, NaN where the samples after it weren't finite: read only if the images aren't.
  const traces: tf.Scalar[] = [];
  try {
    for (const [step, { time, update }] of steps.entries()) {
      await pause();
      const next = tf.tidy(() => {
        const result = update(xt, predict, noise, carry);
        if (result instanceof tf.Tensor) return { xt: result, carry: [] };
        return { xt: result.xt, carry: [...result.carry] };
      }) as { xt: tf.Tensor4D; carry: tf.Tensor4D[] };
      tf.dispose([xt, ...carry]);
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
    tf.dispose([...traces, ...carry]);
  }
  return xt;
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
