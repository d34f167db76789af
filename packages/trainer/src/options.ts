import {
  type BatchSource,
  type BatchTransform,
  check,
  checkInteger,
  checkOptions,
  checkRng,
  describe,
  type OptionKeys,
  type Rng,
} from '@immiscible/core';
import type {
  Compile,
  GradientTransformation,
  HostInputs,
  Model,
  Objective,
  Params,
  WeightAverage,
} from '@immiscible/core/tensors';
import type { CheckpointStore, StoredCheckpoint } from './checkpoint.js';
import type { HostSource } from './host-side.js';

/** What a run consists of. */
export interface TrainOptions<In extends HostInputs = HostInputs> {
  /** The network. */
  readonly model: Model;
  /** What it is trained to do. */
  readonly objective: Objective<In>;
  /** The images. */
  readonly batches: BatchSource;
  /** Which noise goes with which image. Without it, the noise as drawn. */
  readonly transform?: BatchTransform | undefined;
  /**
   * Where the host side of the steps is done, if not in this thread between steps: `@immiscible/trainer/worker`. It must be that
   * of the same batches, transform, objective and `rng`.
   */
  readonly host?: HostSource<In> | undefined;
  /** What becomes of the gradients: a chain that ends in updates to be added. */
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
  readonly start?: StoredCheckpoint | undefined;
  /** Where checkpoints are kept, and how often. Without it, none. */
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
  /**
   * What the run is (the name of a twin, a commit, a hash), kept in its checkpoints for whoever reads them. Nothing here compares
   * it: a resumed run writes its own.
   */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** Ends the run after the current step, with a checkpoint if there is a store. */
  readonly signal?: AbortSignal | undefined;
}

/** Where checkpoints are kept, and how often. */
export interface CheckpointOptions {
  /** Where they are kept. */
  readonly store: CheckpointStore;
  /** Steps between checkpoints; there is one after the last step too, and one when the signal ends the run. */
  readonly every?: number | undefined;
}

const TRAIN_KEYS = {
  model: true,
  objective: true,
  batches: true,
  transform: true,
  host: true,
  optimizer: true,
  ema: true,
  teacher: true,
  rng: true,
  steps: true,
  compile: true,
  params: true,
  start: true,
  checkpoint: true,
  snapshotEvery: true,
  readEvery: true,
  config: true,
  metadata: true,
  signal: true,
} satisfies OptionKeys<TrainOptions>;

/** What a part must have, and what makes one. */
type PartKind = readonly [members: readonly string[], fix: string];

const PARTS = {
  model: [['init', 'apply'], 'unet of @immiscible/unet makes one'],
  objective: [['prepare', 'loss'], 'ddimObjective or flowMatchingObjective makes one'],
  batches: [['at'], 'batches of @immiscible/datasets makes one'],
  optimizer: [['init', 'scalars', 'update'], 'adam of @immiscible/optim makes one'],
  ema: [['scalars', 'update'], 'ema of @immiscible/optim makes one'],
  teacher: [['scalars', 'update'], 'ema of @immiscible/optim makes one'],
} as const satisfies Record<string, PartKind>;
const OPTIONAL: readonly string[] = ['ema', 'teacher'];

/**
 * Checks what can be known before anything runs.
 *
 * @throws RangeError naming the option; TypeError for one of the wrong kind
 */
export function checkTrainOptions<In extends HostInputs>(options: TrainOptions<In>): void {
  const fn = 'train';
  checkOptions(fn, options, TRAIN_KEYS);
  checkKinds(options);
  const { batches, transform, steps, checkpoint, metadata } = options;
  checkInteger(fn, 'steps', steps, 1);
  checkInteger(fn, 'batches.batchSize', batches.batchSize, 1);
  check(Array.isArray(batches.imageShape), fn, 'batches.imageShape', '[H, W, C]', batches.imageShape);
  for (const size of batches.imageShape) checkInteger(fn, 'each size of batches.imageShape', size, 1);
  for (const name of ['snapshotEvery', 'readEvery'] as const) {
    if (options[name] !== undefined) checkInteger(fn, name, options[name], 1);
  }
  if (checkpoint !== undefined) {
    const keys = { store: true, every: true } satisfies OptionKeys<CheckpointOptions>;
    checkOptions(fn, checkpoint, keys, 'checkpoint');
    checkPart('checkpoint.store', checkpoint.store, [['prepare', 'save', 'latest'], 'fileStore makes one']);
    if (checkpoint.every !== undefined) checkInteger(fn, 'checkpoint.every', checkpoint.every, 1);
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
  if (metadata !== undefined) {
    const texts = Object.values(metadata).every((value) => typeof value === 'string');
    check(texts, fn, 'metadata', 'an object of texts', metadata, 'use String(…) or JSON.stringify(…)');
  }
  checkStart(options);
}

function checkKinds<In extends HostInputs>(options: TrainOptions<In>): void {
  for (const [name, kind] of Object.entries(PARTS)) {
    const part: unknown = options[name as keyof typeof PARTS];
    if (part !== undefined || !OPTIONAL.includes(name)) checkPart(name, part, kind);
  }
  checkRng('train', options.rng);
  for (const [name, what] of [
    ['transform', 'a function from a batch to a batch; see @immiscible/coupling'],
    ['host', 'a function, such as hostWorker(…).step'],
    ['compile', 'a function, such as jit or eager'],
  ] as const) {
    const part: unknown = options[name];
    if (part === undefined || typeof part === 'function') continue;
    throw new TypeError(`train: ${name} must be ${what}, got ${describe(part)}`);
  }
}

/** @throws TypeError unless `part` has these functions */
function checkPart(name: string, part: unknown, [members, fix]: PartKind): void {
  const missing = members.filter(
    (member) => typeof (part as Record<string, unknown> | null | undefined)?.[member] !== 'function',
  );
  if (missing.length === 0) return;
  throw new TypeError(
    `train: ${name} must have the functions ${members.join(', ')}, got ${describe(part)}; ${fix}`,
  );
}

function checkStart<In extends HostInputs>({ start, params, steps, rng, config }: TrainOptions<In>): void {
  const fn = 'train';
  if (start === undefined) return;
  check(
    typeof start === 'object' && start !== null && typeof start.arrays === 'object' && 'rng' in start,
    fn,
    'start',
    'a checkpoint, as await store.latest() gives it',
    start,
  );
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
