import type { HostInputs } from '@immiscible/core/tensors';
import type { StepSeconds, TrainEvent } from './events.js';
import { toTensors } from './host-arrays.js';
import { type HostStep, hostSide, now } from './host-side.js';
import { createStepSummary, type Reading } from './step-summary.js';
import { type LastCheckpoint, NonFiniteLossError } from './non-finite-error.js';
import { checkTrainOptions, type TrainOptions } from './options.js';
import { nonFiniteArray } from './checkpoint-arrays.js';
import { begin, checkpointOf, lend, onDevice, scalarTensors } from './running-state.js';

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

async function* run<In extends HostInputs>(
  options: TrainOptions<In>,
): AsyncGenerator<TrainEvent, void, undefined> {
  const { steps, start, optimizer, ema, teacher, checkpoint, signal, snapshotEvery, readEvery = 1 } = options;
  let done = start?.step ?? 0;
  let elapsed = start?.seconds ?? 0;
  let saved: LastCheckpoint | undefined = start && {
    step: start.step,
    ...(start.path !== undefined && { path: start.path }),
  };
  const skipped = start?.skipped ?? [];
  let last: Reading = { loss: Number.NaN, gradientNorm: Number.NaN };
  const over = () => done === steps || signal?.aborted === true;
  const due = (every: number | undefined) => every !== undefined && (done % every === 0 || done === steps);

  const { running, parameters, bytes } = begin(options);
  const sinceEvent = createStepSummary();
  try {
    await checkpoint?.store.prepare({ bytes, step: done, skipped });
    yield { type: 'start', step: done, steps, parameters, skipped };

    const { classes } = options.model;
    const host = options.host ?? hostSide({ ...options, classes });
    const shapes = new Map<string, readonly number[]>();
    let next = over() ? undefined : host(done);
    while (next) {
      const began = now();
      const { inputs, distance, seconds: taken } = await next;
      // What another thread did while the device worked costs no time of the clock's.
      const seconds = options.host ? waitedFor(taken, now() - began) : { ...taken, transformAhead: 0 };
      const scalars = {
        optimizer: optimizer.scalars(done),
        ema: ema?.scalars(done) ?? {},
        teacher: teacher?.scalars(done) ?? {},
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
          next = done + 1 < steps ? host(done + 1) : undefined;
          // A failure is met in the next round; until then it must not count as unhandled.
          next?.catch(() => undefined);
        },
      );
      done++;
      sinceEvent.add(outputs, distance, { ...seconds, device, total: now() - began });

      const snapshot = due(snapshotEvery);
      const save = checkpoint !== undefined && (due(checkpoint.every) || over());
      // Weights are neither shown nor kept before the losses that led to them have been looked at.
      if (due(readEvery) || snapshot || save || over()) {
        const { readings, summary } = await sinceEvent.read();
        const bad = readings.findIndex(({ loss, gradientNorm }) => !Number.isFinite(loss + gradientNorm));
        const first = done - readings.length + 1;
        if (bad >= 0) throw new NonFiniteLossError(first + bad, readings[bad] as Reading, saved);
        elapsed += summary.seconds.total;
        last = readings.at(-1) as Reading;
        yield { type: 'step', step: done, ...summary, scalars: scalars.optimizer, elapsed };
      }
      if (snapshot) {
        yield* lend(running, options, (weights) => ({ type: 'snapshot', step: done, ...weights, elapsed }));
      }
      // The signal may have come while the consumer had an event.
      if (save || (checkpoint !== undefined && over())) {
        const state = await checkpointOf(running, options, done, elapsed);
        // An update can spoil the weights without the loss before it showing anything.
        const spoilt = nonFiniteArray(state);
        if (spoilt !== undefined) throw new NonFiniteLossError(done, last, saved, spoilt);
        const path = await checkpoint.store.save(state);
        saved = { step: done, path };
        yield { type: 'checkpoint', step: done, path };
      }
      if (over()) break;
    }
    yield* lend(running, options, (weights) => ({
      type: 'end',
      step: done,
      aborted: done < steps,
      ...weights,
      elapsed,
    }));
  } finally {
    sinceEvent.dispose();
    running.dispose();
  }
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
