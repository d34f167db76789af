import type { GradientTransformation, HostInputs, Objective } from '@immiscible/core/tensors';
import { selectBackend } from '@immiscible/backend';
import {
  type Checkpoint,
  type CheckpointStore,
  memoryStore,
  NonFiniteLossError,
  train,
  type TrainEvent,
} from '@immiscible/trainer';
import { fileStore } from '@immiscible/trainer/node';
import * as tf from '@tensorflow/tfjs-core';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collect, options } from './tiny.js';
import { ending, run, STEPS } from './resumable-run.js';

const folder = await mkdtemp(join(tmpdir(), 'immiscible-trainer-'));
afterAll(() => rm(folder, { recursive: true }));
let folders = 0;
const stores: [string, () => CheckpointStore][] = [
  ['memory', () => memoryStore()],
  ['files', () => fileStore(join(folder, String(folders++)))],
];

async function uninterrupted(): Promise<Omit<Checkpoint, 'seconds'>> {
  const store = memoryStore();
  await collect(train({ ...run, checkpoint: { store } }));
  return ending(store);
}

async function resume(store: CheckpointStore): Promise<TrainEvent[]> {
  return collect(train({ ...run, start: await store.latest(), checkpoint: { store, every: 2 } }));
}

async function available(backend: 'native' | 'wasm' | 'cpu'): Promise<boolean> {
  return selectBackend({ backend }).then(
    () => true,
    () => false,
  );
}

for (const backend of ['cpu', 'wasm', 'native'] as const) {
  describe.runIf(await available(backend))(`on ${backend}`, () => {
    let whole: Omit<Checkpoint, 'seconds'>;
    beforeAll(async () => {
      await selectBackend({ backend });
      whole = await uninterrupted();
    });

    it('a checkpoint holds weights, average, all of the optimizer, step and the root Rng', () => {
      expect(Object.keys(whole.arrays).sort()).toEqual([
        'ema/bias',
        'ema/weight',
        'optimizer/count',
        'optimizer/velocity/bias',
        'optimizer/velocity/weight',
        'params/bias',
        'params/weight',
      ]);
      expect(whole.arrays['optimizer/count']).toEqual({
        dtype: 'I32',
        shape: [],
        data: Int32Array.of(STEPS),
      });
      expect(whole.step).toBe(STEPS);
      expect(whole.rng).toEqual(options.rng.state());
    });

    describe.each(stores)('from %s', (_, create) => {
      it.each([2, 3, 4, 5, 6, 7, 8])(
        'a run killed at step %d and resumed ends with the bytes of one never interrupted',
        async (killed) => {
          const store = create();
          for await (const event of train({ ...run, checkpoint: { store, every: 2 } })) {
            if (event.type === 'step' && event.step === killed) break;
          }
          const events = await resume(store);
          // Killed before that step's own checkpoint.
          const from = 2 * Math.floor((killed - 1) / 2);
          expect(events[0]).toMatchObject({ type: 'start', step: from, steps: STEPS });
          expect(events.filter(({ type }) => type === 'step').map(({ step }) => step)[0]).toBe(from + 1);
          expect(await ending(store)).toEqual(whole);
        },
      );

      it('so does one ended by its signal at any step, which leaves a checkpoint of that step', async () => {
        const store = create();
        for (let step = 1; step < STEPS; step++) {
          const controller = new AbortController();
          const { signal } = controller;
          const events: TrainEvent[] = [];
          for await (const event of train({
            ...run,
            start: await store.latest(),
            checkpoint: { store },
            signal,
          })) {
            events.push(event);
            if (event.type === 'step') controller.abort();
          }
          expect(events.map((event) => `${event.type} ${event.step}`)).toEqual([
            `start ${step - 1}`,
            `step ${step}`,
            `checkpoint ${step}`,
            `end ${step}`,
          ]);
          expect(events.at(-1)).toMatchObject({ aborted: true });
          expect((await store.latest())?.step).toBe(step);
        }
        await resume(store);
        expect(await ending(store)).toEqual(whole);
      });

      it('so does one that met a NaN, whose last good checkpoint is kept', async () => {
        const store = create();
        const poisoned: Objective<HostInputs> = {
          loss: options.objective.loss,
          prepare(batch, rng, step) {
            const inputs = options.objective.prepare(batch, rng, step);
            if (step === 6) (inputs['time'] as { data: Float32Array }).data[1] = Number.NaN;
            return inputs;
          },
        };
        const before = tf.memory().numTensors;
        const paths: string[] = [];
        const error = await (async () => {
          for await (const event of train({ ...run, objective: poisoned, checkpoint: { store, every: 2 } })) {
            if (event.type === 'checkpoint') paths.push(event.path);
          }
        })().catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(NonFiniteLossError);
        expect(error).toMatchObject({ step: 7, loss: Number.NaN, checkpoint: { step: 6, path: paths[2] } });
        expect((error as Error).message).toBe(
          'train: loss and gradient of step 7 must be finite, got loss NaN and gradient norm NaN; lower the learning ' +
            `rate, clip the gradients or check the data; the last checkpoint is that of step 6, ${paths[2]}`,
        );
        expect(tf.memory().numTensors).toBe(before);
        expect((await store.latest())?.step).toBe(6);
        await resume(store);
        expect(await ending(store)).toEqual(whole);
      });
    });

    it('a NaN is traced to its step even where losses are read only now and then', async () => {
      const error = await collect(train({ ...run, optimizer: exploding(3), readEvery: 8 })).catch(
        (thrown: unknown) => thrown,
      );
      // The update of step 4 spoils the weights, the loss of step 5 shows it.
      expect(error).toMatchObject({ step: 5, array: undefined, checkpoint: undefined });
    });

    it('weights that an update has spoilt never become a checkpoint', async () => {
      const store = memoryStore();
      const error = await collect(
        train({ ...run, optimizer: exploding(3), checkpoint: { store, every: 2 } }),
      ).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ step: 4, array: 'ema/bias', checkpoint: { step: 2 } });
      expect((error as Error).message).toMatch(
        'weights after step 4 must be finite, got others in ema/bias (loss 0.',
      );
      expect((await store.latest())?.step).toBe(2);
    });
  });
}

/** An optimizer whose update at one step is infinite. */
function exploding(at: number): GradientTransformation {
  return {
    ...options.optimizer,
    scalars: (step) => ({ rate: step === at ? Number.POSITIVE_INFINITY : 0.01 }),
  };
}

describe('a teacher', () => {
  it('is in the checkpoints beside the average, and a resumed run has the same', async () => {
    await selectBackend({ backend: 'cpu' });
    // The other average moves at another rate, so that neither can stand in for the other.
    const slower = { ...options.ema, scalars: () => ({ rate: 0.03 }) };
    const objective: Objective<HostInputs> = {
      ...options.objective,
      loss: (net, params, inputs, aux) => {
        const loss = options.objective.loss(net, params, inputs);
        const apart = Object.keys(params).map((name) =>
          tf.sum(tf.square(tf.sub(params[name] as tf.Tensor, aux?.[name] as tf.Tensor))),
        );
        return tf.addN([loss, ...apart]) as tf.Scalar;
      },
    };
    const taught = { ...run, objective, teacher: slower };
    const whole = memoryStore();
    await collect(train({ ...taught, checkpoint: { store: whole } }));
    const parts = memoryStore();
    const stop = new AbortController();
    for await (const event of train({ ...taught, checkpoint: { store: parts }, signal: stop.signal })) {
      if (event.step === 4) stop.abort();
    }
    await collect(train({ ...taught, start: await parts.latest(), checkpoint: { store: parts } }));
    const last = await ending(whole);
    expect(Object.keys(last.arrays)).toContain('teacher/weight');
    expect(last.arrays['teacher/weight']).not.toEqual(last.arrays['ema/weight']);
    expect(await ending(parts)).toEqual(last);
    await expect(
      collect(train({ ...run, start: await parts.latest(), checkpoint: { store: parts } })),
    ).rejects.toThrow('start.arrays["teacher/');
  });
});
