import { treeLeaves } from '@immiscible/core';
import type { HostInputs, Jitted, Params, Scalars, ScalarTensors } from '@immiscible/core/tensors';
import * as tf from '@tensorflow/tfjs-core';
import { downloadState, uploadState } from './checkpoint-arrays.js';
import type { Checkpoint } from './checkpoint.js';
import { jit } from '@immiscible/jit';
import { now } from './host-side.js';
import type { TrainOptions } from './options.js';
import {
  initialState,
  type StepInputs,
  type StepOutputs,
  trainingStep,
  type TrainState,
} from './training-step.js';

/** A training step that runs, with its state inside. */
export type Running = Jitted<TrainState, StepInputs, StepOutputs>;

/**
 * Sets a run up: first weights or those of the checkpoint, compiled step.
 *
 * @returns with the number of weights, and about how many bytes a checkpoint takes
 */
export function begin<In extends HostInputs>(
  options: TrainOptions<In>,
): { running: Running; parameters: number; bytes: number } {
  const { model, rng, start, params: given, compile = jit } = options;
  const params = given
    ? Object.fromEntries(Object.entries(given).map(([name, weight]) => [name, tf.clone(weight)]))
    : model.init(rng.split('init'));
  const fresh = initialState(options, params);
  let state = fresh;
  try {
    if (start) state = uploadState(start, fresh);
    const leaves = treeLeaves<tf.Tensor>(state);
    return {
      running: compile(trainingStep(options), { state }),
      parameters: Object.values(params).reduce((sum, { size }) => sum + size, 0),
      // No dtype here has elements of more than 4 bytes; a file's header has a line for each array.
      bytes: leaves.reduce((sum, { size }) => sum + 4 * size + 200, 1000),
    };
  } finally {
    tf.dispose(treeLeaves<tf.Tensor>(fresh));
    if (state !== fresh) tf.dispose(treeLeaves<tf.Tensor>(state));
  }
}

/**
 * One step on the device.
 *
 * @param upload - makes the inputs
 * @param meanwhile - what the host can do while the device works, if it does so on its own
 * @returns outputs, owned by the caller, and the seconds that the device took, without `meanwhile`
 */
export async function onDevice(
  running: Running,
  upload: () => StepInputs,
  meanwhile: () => void,
): Promise<{ outputs: StepOutputs; device: number }> {
  const start = now();
  const inputs = upload();
  try {
    const promise = running.run(inputs);
    const launched = now();
    meanwhile();
    const waiting = now();
    const outputs = await promise;
    return { outputs, device: launched - start + (now() - waiting) };
  } finally {
    tf.dispose(treeLeaves<tf.Tensor>(inputs));
  }
}

/** Scalars as tensors; owned by the caller. */
export function scalarTensors(scalars: Scalars): ScalarTensors {
  return Object.fromEntries(
    Object.entries(scalars).map(([name, value]) => [name, tf.scalar(value, 'float32')]),
  );
}

/** Yields one event with the weights in it, which are gone once the consumer asks for the next. */
export async function* lend<E, In extends HostInputs>(
  running: Running,
  { ema }: Pick<TrainOptions<In>, 'ema'>,
  event: (weights: { params: Params; ema?: Params }) => E,
): AsyncGenerator<E, void, undefined> {
  const state = await running.readState();
  try {
    yield event(ema ? { params: state.params, ema: state.ema } : { params: state.params });
  } finally {
    tf.dispose(treeLeaves<tf.Tensor>(state));
  }
}

/** The run as it stands, on the host; `at` has the steps done and the seconds that they took. */
export async function checkpointOf<In extends HostInputs>(
  running: Running,
  { rng, config, metadata }: Pick<TrainOptions<In>, 'rng' | 'config' | 'metadata'>,
  at: { readonly step: number; readonly elapsed: number },
): Promise<Checkpoint> {
  const state = await running.readState();
  try {
    return {
      step: at.step,
      rng: rng.state(),
      seconds: at.elapsed,
      ...(config !== undefined && { config }),
      ...(metadata !== undefined && { metadata: { ...metadata } }),
      arrays: await downloadState(state),
    };
  } finally {
    tf.dispose(treeLeaves<tf.Tensor>(state));
  }
}
