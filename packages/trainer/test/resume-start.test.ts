import { type Rng, createRng } from '@immiscible/core';
import type { GradientTransformation, HostInputs } from '@immiscible/core/tensors';
import { selectBackend } from '@immiscible/backend';
import {
  type Checkpoint,
  type CheckpointStore,
  memoryStore,
  train,
  type TrainOptions,
} from '@immiscible/trainer';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { collect, options } from './tiny.js';
import { run } from './resumable-run.js';

describe('resuming', () => {
  let store: CheckpointStore;
  let start: Checkpoint;
  beforeAll(async () => {
    await selectBackend({ backend: 'cpu' });
    store = memoryStore();
    await collect(train({ ...run, steps: 4, config: 'a', checkpoint: { store } }));
    start = (await store.latest()) as Checkpoint;
  });
  const message = (change: Partial<TrainOptions<HostInputs>>) => {
    try {
      train({ ...run, start, config: 'a', ...change });
    } catch (error) {
      return (error as Error).message;
    }
    return undefined;
  };

  it('goes on counting seconds', async () => {
    for await (const event of train({ ...run, start, config: 'a' })) {
      if (event.type === 'step') expect(event.elapsed).toBeGreaterThan(start.seconds);
    }
  });

  it('after the last step ends at once, without another checkpoint', async () => {
    const events = await collect(train({ ...run, start, config: 'a', steps: 4, checkpoint: { store } }));
    expect(events.map(({ type }) => type)).toEqual(['start', 'end']);
    expect(events.at(-1)).toMatchObject({ step: 4, aborted: false });
  });

  it('with a signal that has already come ends at once', async () => {
    const events = await collect(train({ ...run, start, config: 'a', signal: AbortSignal.abort() }));
    expect(events.map(({ type }) => type)).toEqual(['start', 'end']);
    expect(events.at(-1)).toMatchObject({ step: 4, aborted: true });
  });

  it('with fewer steps, another seed or another configuration is refused', () => {
    const rng: Rng = createRng(6);
    expect(message({})).toBeUndefined();
    expect(message({ steps: 3 })).toBe(
      'train: steps must be at least 4, the steps that start has behind it, got 3',
    );
    expect(message({ rng })).toMatch(
      'train: rng must be the stream that start was made with, got {key: [6,0]',
    );
    expect(message({ config: 'b' })).toBe(
      'train: config must be "a" as in start, got "b"; resume with the configuration that the checkpoint was made with',
    );
    expect(message({ config: undefined })).toMatch('train: config must be "a" as in start, got undefined');
    expect(message({ params: {} })).toMatch('train: params must be absent where start is given');
  });

  it('with another model, optimizer or average is refused, naming what differs', async () => {
    const before = tf.memory().numTensors;
    const fails = (change: Partial<TrainOptions<HostInputs>>) =>
      expect(collect(train({ ...run, start, config: 'a', ...change }))).rejects;
    const { model, optimizer } = options;
    await fails({ ema: undefined }).toThrow(
      'train: start.arrays["ema/bias"] must be absent as in this run, got',
    );
    await fails({
      model: { ...model, init: () => ({ weight: tf.zeros([2]), bias: tf.zeros([3, 2, 1]) }) },
    }).toThrow(
      'start.arrays["ema/weight"] must be float32 of shape [2] as in this run, got "F32 of shape [3,2,1]"',
    );
    const counting: GradientTransformation = { ...optimizer, init: (params) => [optimizer.init(params)] };
    await fails({ optimizer: counting }).toThrow(
      'start.arrays["optimizer/0/count"] must be int32 of shape [] as in this run, got undefined',
    );
    expect(tf.memory().numTensors).toBe(before);
  });

  it('in a store with checkpoints of later steps is refused before the first step', async () => {
    await expect(collect(train({ ...run, checkpoint: { store } }))).rejects.toThrow(
      'memoryStore: the store must hold no checkpoint later than step 0, where the run starts, got one of step 4; ' +
        'resume with start: await store.latest(), or use another store',
    );
  });
});
