import type { HostInputs, Scalars } from '@immiscible/core/tensors';
import { nonFiniteArray } from './checkpoint-arrays.js';
import type { Checkpoint, CheckpointStore } from './checkpoint.js';
import type { CheckpointEvent, StepEvent, StepSeconds, TrainEvent } from './events.js';
import { toTensors } from './host-arrays.js';
import { type Distance, type HostStep, hostSide, now } from './host-side.js';
import { type LastCheckpoint, NonFiniteLossError } from './non-finite-error.js';
import { checkTrainOptions, type TrainOptions } from './options.js';
import { begin, checkpointOf, lend, onDevice, type Running, scalarTensors } from './running-state.js';
import { createStepSummary, type Reading, type StepSummary } from './step-summary.js';
import type { StepOutputs } from './training-step.js';

/**
 * Trains a model, as a stream of events. The run goes on while the next event is asked for; what the consumer does in
 * between doesn't count as training time. Leaving the loop early frees everything and writes no checkpoint.
 *
 * Step k, counted from 0: images `batches.at(k)`, noise from the stream noise/k, the transform, `objective.prepare`, then
 * on the device loss, gradients, the optimizer's updates, the averages. As the host side depends on k and `rng` only,
 * a run resumed from a checkpoint is bit for bit the run that was never interrupted, on the same backend, and two runs
 * that differ in the transform have the same images, noise, timesteps and first weights.
 *
 * @param options - what the run consists of
 * @throws RangeError at the call for an option that is unknown or out of range; TypeError for one of the wrong kind
 * @throws NonFiniteLossError from the stream, if a loss or gradient is NaN or infinite
 * @throws CheckpointError from the stream, before the first step if checkpoints can't be written
 * @example
 * for await (const event of train({ model, objective, batches, optimizer, rng: createRng(0), steps: 1000 })) {
 *   if (event.type === 'step') console.log(event.step, event.loss);
 * }
 */
export function train<In extends HostInputs>(
  options: TrainOptions<In>,
): AsyncGenerator<TrainEvent, void, undefined> {
  checkTrainOptions(options);
  return run(options);
}

/** Where a run stands. */
interface Standing {
  /** Steps done. */
  step: number;
  elapsed: number;
  /** What was read last. */
  last: Reading;
  /** The last checkpoint. */
  saved: LastCheckpoint | undefined;
}

async function* run<In extends HostInputs>(
  options: TrainOptions<In>,
): AsyncGenerator<TrainEvent, void, undefined> {
  const { steps, start, checkpoint, signal, snapshotEvery, readEvery = 1 } = options;
  const skipped = start?.skipped ?? [];
  const at: Standing = {
    step: start?.step ?? 0,
    elapsed: start?.seconds ?? 0,
    last: { loss: Number.NaN, gradientNorm: Number.NaN },
    saved: start && { step: start.step, ...(start.path !== undefined && { path: start.path }) },
  };
  const over = () => at.step === steps || signal?.aborted === true;
  const due = (every: number | undefined) =>
    every !== undefined && (at.step % every === 0 || at.step === steps);

  const { running, parameters, bytes } = begin(options);
  const sinceEvent = createStepSummary();
  try {
    await checkpoint?.store.prepare({ bytes, step: at.step, skipped });
    yield { type: 'start', step: at.step, steps, parameters, skipped };

    const takeStep = steppingOf(options, running);
    while (!over()) {
      const { outputs, distance, seconds, scalars } = await takeStep(at.step);
      at.step++;
      sinceEvent.add(outputs, distance, seconds);

      const snapshot = due(snapshotEvery);
      const save = checkpoint !== undefined && (due(checkpoint.every) || over());
      // Weights are neither shown nor kept before the losses that led to them have been looked at.
      if (due(readEvery) || snapshot || save || over()) yield await read(sinceEvent, at, scalars);
      if (snapshot) {
        const { step, elapsed } = at;
        yield* lend(running, options, (weights) => ({ type: 'snapshot', step, ...weights, elapsed }));
      }
      // The signal may have come while the consumer had an event.
      if (save || (checkpoint !== undefined && over())) {
        yield await saveCheckpoint(checkpoint.store, at, await checkpointOf(running, options, at));
      }
    }
    const { step, elapsed } = at;
    yield* lend(running, options, (weights) => ({
      type: 'end',
      step,
      aborted: step < steps,
      ...weights,
      elapsed,
    }));
  } finally {
    sinceEvent.dispose();
    running.dispose();
  }
}

/** A step that was taken. */
interface StepTaken {
  readonly outputs: StepOutputs;
  readonly distance: Distance;
  readonly seconds: StepSeconds;
  /** The optimizer's. */
  readonly scalars: Scalars;
}

/** Takes the steps of a run one after the other, the host one ahead of the device. */
function steppingOf<In extends HostInputs>(
  options: TrainOptions<In>,
  running: Running,
): (step: number) => Promise<StepTaken> {
  const { optimizer, ema, teacher, steps } = options;
  const { classes } = options.model;
  const host = options.host ?? hostSide({ ...options, classes });
  const shapes = new Map<string, readonly number[]>();
  let next: Promise<HostStep<In>> | undefined;
  return async (step) => {
    const began = now();
    const { inputs, distance, seconds: taken } = await (next ?? host(step));
    // What another thread did while the device worked costs no time of the clock's.
    const seconds = options.host ? waitedFor(taken, now() - began) : { ...taken, transformAhead: 0 };
    const scalars = {
      optimizer: optimizer.scalars(step),
      ema: ema?.scalars(step) ?? {},
      teacher: teacher?.scalars(step) ?? {},
    };
    const { outputs, device } = await onDevice(
      running,
      () => ({
        batch: toTensors(inputs, shapes, classes),
        scalars: {
          optimizer: scalarTensors(scalars.optimizer),
          ema: scalarTensors(scalars.ema),
          teacher: scalarTensors(scalars.teacher),
        },
      }),
      () => {
        next = step + 1 < steps ? host(step + 1) : undefined;
        // A failure is met in the next round; until then it must not count as unhandled.
        next?.catch(() => undefined);
      },
    );
    const spent = { ...seconds, device, total: now() - began };
    return { outputs, distance, seconds: spent, scalars: scalars.optimizer };
  };
}

/**
 * Looks at the losses since the last event.
 *
 * @param at - is brought up to date
 * @throws NonFiniteLossError
 */
async function read(sinceEvent: StepSummary, at: Standing, scalars: Scalars): Promise<StepEvent> {
  const { readings, summary } = await sinceEvent.read();
  const bad = readings.findIndex(({ loss, gradientNorm }) => !Number.isFinite(loss + gradientNorm));
  if (bad >= 0) {
    const step = at.step - readings.length + 1 + bad;
    throw new NonFiniteLossError({ step, ...(readings[bad] as Reading), checkpoint: at.saved });
  }
  at.elapsed += summary.seconds.total;
  at.last = readings.at(-1) as Reading;
  return { type: 'step', step: at.step, ...summary, scalars, elapsed: at.elapsed };
}

/**
 * Writes a checkpoint.
 *
 * @param at - is brought up to date
 * @throws NonFiniteLossError for weights that are not to be kept
 */
async function saveCheckpoint(
  store: CheckpointStore,
  at: Standing,
  state: Checkpoint,
): Promise<CheckpointEvent> {
  const { step } = at;
  // An update can spoil the weights without the loss before it showing anything.
  const array = nonFiniteArray(state);
  if (array !== undefined) throw new NonFiniteLossError({ step, ...at.last, checkpoint: at.saved, array });
  const path = await store.save(state);
  at.saved = { step, path };
  return { type: 'checkpoint', step, path };
}

/** The times of a host side elsewhere, as shares of the wait for it. */
function waitedFor(
  seconds: HostStep['seconds'],
  waited: number,
): Pick<StepSeconds, 'batch' | 'transform' | 'transformAhead' | 'prepare'> {
  const all = seconds.batch + seconds.transform + seconds.prepare;
  const share = all > 0 ? Math.min(1, waited / all) : 0;
  return {
    batch: share * seconds.batch,
    transform: share * seconds.transform,
    transformAhead: (1 - share) * seconds.transform,
    prepare: share * seconds.prepare,
  };
}
