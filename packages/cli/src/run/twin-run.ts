import type { Params } from '@immiscible/core/tensors';
import {
  type CheckpointStore,
  type StepEvent,
  type StoredCheckpoint,
  train,
  type TrainEvent,
} from '@immiscible/trainer';
import { hostWorker } from '@immiscible/trainer/worker';
import type { TwinConfig } from '../config/experiment.js';
import { coupledObjective, createCoupling } from '../registry/couplings.js';
import { checkpointMetadata } from './checkpoint-owner.js';
import { configHash } from './config-hash.js';
import type { HostThreadData } from './host-thread.js';
import { hostThread, type Parts } from './parts.js';
import type { Stat } from './stats.js';

/** What is done with a twin's averaged weights. They are gone after it. */
export type UseWeights = (weights: Params, step: number) => Promise<void>;

/** One twin in training, a step at a time. */
export interface TwinRun {
  readonly twin: TwinConfig;
  /** Steps done. */
  readonly step: number;
  /** Training time so far. */
  readonly seconds: number;
  readonly parameters: number;
  /** Where its last checkpoint is. */
  readonly checkpoint: string | undefined;
  /** Does the next step. */
  advance(): Promise<Extract<Stat, { kind: 'step' }>>;
  /** What is due after the step: evaluation first, then the checkpoint. */
  settle(evaluate: UseWeights): Promise<void>;
  /** After the last step, or after `signal`: a checkpoint, and the weights once more. */
  end(use: UseWeights): Promise<void>;
  /** Frees everything; needed if it has not ended. */
  dispose(): Promise<void>;
}

export interface TwinRunOptions {
  readonly parts: Parts;
  readonly twin: TwinConfig;
  readonly store: CheckpointStore;
  /** Ends the training after the step. */
  readonly signal: AbortSignal;
  /** The checkpoint that it goes on from. */
  readonly start: StoredCheckpoint | undefined;
  /** Training time before. */
  readonly seconds: number;
}

/**
 * Seconds of one step: the parts added up. Where host and device work at the same time, that is more than the clock
 * shows; within a thread the coupling is never made to look cheaper than it is by what it overlaps with, and what another
 * thread does is counted apart.
 */
export function stepSeconds({ seconds }: Pick<StepEvent, 'seconds'>): number {
  return seconds.batch + seconds.transform + seconds.prepare + seconds.device;
}

/**
 * Begins the training of one twin. If it fails, nothing of it is left running.
 *
 * @throws CheckpointError if its checkpoints can't be written
 */
export async function startTwin(options: TwinRunOptions): Promise<TwinRun> {
  const { parts, twin } = options;
  const thread = parts.threaded
    ? hostWorker(hostThread, { config: parts.config, coupling: twin.coupling } satisfies HostThreadData)
    : undefined;
  const events = training(options, thread);
  const first = await events.next().catch(async (error: unknown) => {
    await thread?.close();
    throw error;
  });
  const parameters = first.value?.type === 'start' ? first.value.parameters : 0;
  return twinRun(options, { events, parameters, thread });
}

type Thread = ReturnType<typeof hostWorker>;
type Training = ReturnType<typeof train>;

function training(
  { parts, twin, store, signal, start }: TwinRunOptions,
  thread: Thread | undefined,
): Training {
  const { config } = parts;
  return train({
    model: parts.model,
    objective: coupledObjective(twin.coupling, parts.method),
    batches: parts.batches,
    transform: createCoupling(twin.coupling),
    host: thread?.step,
    optimizer: parts.optimizer,
    ema: parts.ema,
    teacher: parts.method.teacher,
    // A checkpoint has weights of its own.
    params: start ? undefined : parts.first,
    compile: parts.compile,
    rng: parts.trainRng,
    steps: config.steps,
    start,
    checkpoint: { store, every: config.checkpoint.every },
    snapshotEvery: config.evaluation.every,
    config: configHash(config, twin),
    metadata: checkpointMetadata(twin),
    signal,
  });
}

interface Begun {
  /** After the first. */
  readonly events: Training;
  readonly parameters: number;
  readonly thread: Thread | undefined;
}

/** The events of a training as what is done with a twin. */
function twinRun(options: TwinRunOptions, { events, parameters, thread }: Begun): TwinRun {
  const { twin, start } = options;
  const { config } = options.parts;
  let step = start?.step ?? 0;
  let { seconds } = options;
  let checkpoint = start?.path;

  const next = async <T extends TrainEvent['type']>(type: T): Promise<Extract<TrainEvent, { type: T }>> => {
    const { value } = await events.next();
    if (value?.type !== type)
      throw new Error(`${twin.name}: expected ${type} of the trainer, got ${value?.type}`);
    return value as Extract<TrainEvent, { type: T }>;
  };
  const due = (every: number): boolean => step % every === 0 || step === config.steps;

  return {
    twin,
    parameters,
    get step() {
      return step;
    },
    get seconds() {
      return seconds;
    },
    get checkpoint() {
      return checkpoint;
    },
    async advance() {
      const event = await next('step');
      step = event.step;
      seconds += stepSeconds(event);
      return {
        kind: 'step',
        twin: twin.name,
        step,
        loss: event.loss,
        gradientNorm: event.gradientNorm,
        distance: event.distance,
        seconds,
        couplingSeconds: event.seconds.transform,
        couplingAheadSeconds: event.seconds.transformAhead,
      };
    },
    async settle(evaluate) {
      if (due(config.evaluation.every)) {
        const event = await next('snapshot');
        await evaluate(event.ema ?? event.params, event.step);
      }
      if (due(config.checkpoint.every)) checkpoint = (await next('checkpoint')).path;
    },
    async end(use) {
      for await (const event of events) {
        if (event.type === 'checkpoint') checkpoint = event.path;
        if (event.type === 'end') await use(event.ema ?? event.params, event.step);
      }
    },
    async dispose() {
      await Promise.allSettled([events.return(), thread?.close()]);
    },
  };
}
