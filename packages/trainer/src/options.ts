import { type BatchSource, type BatchTransform, check, checkInteger, type Rng } from '@immiscible/core';
import type {
  Compile,
  GradientTransformation,
  HostInputs,
  Model,
  Objective,
  Params,
  WeightAverage,
} from '@immiscible/core/tensors';
import type { Checkpoint, CheckpointStore } from './checkpoint.js';
import type { HostSource } from './host-side.js';

/** What a run consists of. */
export interface TrainOptions<In extends HostInputs = HostInputs> {
  readonly model: Model;
  readonly objective: Objective<In>;
  readonly batches: BatchSource;
  /** Which noise goes with which image. Without it, the noise as drawn. */
  readonly transform?: BatchTransform | undefined;
  /**
   * Where the host side of the steps is done, if not in this thread between steps: `@immiscible/trainer/worker`. It must be that
   * of the same batches, transform, objective and `rng`.
   */
  readonly host?: HostSource<In> | undefined;
  readonly optimizer: GradientTransformation;
  /** A running average of the weights, to sample from. */
  readonly ema?: WeightAverage | undefined;
  /** The average that the objective gets as its other network, where it isn't to be `ema`: the teacher of consistency training. */
  readonly teacher?: WeightAverage | undefined;
  /** Root of the run's randomness. Only its identity matters; nothing is drawn from it. */
  readonly rng: Rng;
  /** Steps in all, those before a checkpoint included. */
  readonly steps: number;
  /** Turns the step into a running one. @defaultValue `jit` */
  readonly compile?: Compile | undefined;
  /** Weights to start with instead of the model's own; borrowed. */
  readonly params?: Params | undefined;
  /** A checkpoint to go on from, as a store's `latest()` gives it. */
  readonly start?: Checkpoint | undefined;
  readonly checkpoint?: CheckpointOptions | undefined;
  /** Steps between snapshots; there is one after the last step too. Without it, none. */
  readonly snapshotEvery?: number | undefined;
  /**
   * Steps between downloads of the loss, and between step events. More than 1 spares a device that works
   * asynchronously the wait; a loss that isn't finite is noticed only then.
   * @defaultValue 1
   */
  readonly readEvery?: number | undefined;
  /** Identifies the configuration, a hash say: a checkpoint made under another one is refused. */
  readonly config?: string | undefined;
  /** Ends the run after the current step, with a checkpoint if there is a store. */
  readonly signal?: AbortSignal | undefined;
}

export interface CheckpointOptions {
  readonly store: CheckpointStore;
  /** Steps between checkpoints; there is one after the last step too, and one when the signal ends the run. */
  readonly every?: number | undefined;
}

/**
 * Checks what can be known before anything runs.
 *
 * @throws RangeError naming the option
 */
export function checkOptions<In extends HostInputs>(options: TrainOptions<In>): void {
  const fn = 'train';
  const { batches, transform, steps, rng, start, params, config } = options;
  checkInteger(fn, 'steps', steps, 1);
  checkInteger(fn, 'batches.batchSize', batches.batchSize, 1);
  for (const size of batches.imageShape) checkInteger(fn, 'each size of batches.imageShape', size, 1);
  for (const name of ['snapshotEvery', 'readEvery'] as const) {
    if (options[name] !== undefined) checkInteger(fn, name, options[name], 1);
  }
  if (options.checkpoint?.every !== undefined) {
    checkInteger(fn, 'checkpoint.every', options.checkpoint.every, 1);
  }
  const pool = transform?.pool;
  if (pool !== undefined) {
    check(
      Number.isInteger(pool) && pool > 0 && pool % batches.batchSize === 0,
      fn,
      'transform.pool',
      `a multiple of the batch size, ${batches.batchSize}`,
      pool,
    );
  }
  if (start === undefined) return;
  check(params === undefined, fn, 'params', 'absent where start is given', params);
  check(
    start.step <= steps,
    fn,
    'steps',
    `at least ${start.step}, the steps that start has behind it`,
    steps,
  );
  const { key, stream } = rng.state();
  check(
    `${start.rng.key} ${start.rng.stream}` === `${key} ${stream}`,
    fn,
    'rng',
    'the stream that start was made with',
    { key, stream },
    'use the same seed, or new Rng(start.rng)',
  );
  check(
    start.config === config,
    fn,
    'config',
    `${start.config === undefined ? 'absent' : `"${start.config}"`} as in start`,
    config,
    'resume with the configuration that the checkpoint was made with',
  );
}
