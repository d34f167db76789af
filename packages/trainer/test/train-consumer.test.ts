import '@tensorflow/tfjs';
import type { BatchSource } from '@immiscible/core';
import type { Compile, HostInputs, Objective } from '@immiscible/core/tensors';
import { eager, train } from '@immiscible/trainer';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { batches, collect, options } from './tiny.js';
import { steps, types } from './train-events.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('train', () => {
  it('reads what is unread when the signal ends it', async () => {
    const controller = new AbortController();
    const objective: Objective<HostInputs> = {
      loss: options.objective.loss,
      prepare(batch, rng, step) {
        if (step === 3) controller.abort();
        return options.objective.prepare(batch, rng, step);
      },
    };
    // Step 3's host side is done while the device is at step 2, the third.
    const { signal } = controller;
    const events = await collect(train({ ...options, objective, signal, steps: 20, readEvery: 10 }));
    expect(types(events)).toEqual(['start 0', 'step 3', 'end 3']);
  });

  it('lets the consumer leave before a failure of the next step', async () => {
    const failing = {
      ...batches(),
      at: (step: number) => (step < 2 ? batches().at(step) : Promise.reject(new Error())),
    };
    for await (const event of train({ ...options, batches: failing, steps: 4 })) {
      if (event.step === 2) break;
    }
    // An unhandled rejection would fail the run of the tests.
    await new Promise((resolve) => setTimeout(resolve, 5));
  });

  it('counts training time only, and none of the consumer’s', async () => {
    let consumed = 0;
    let last = 0;
    const began = performance.now();
    for await (const event of train({ ...options, steps: 4 })) {
      if (event.type === 'step') {
        const { total, batch, transform, prepare, device } = event.seconds;
        for (const part of [batch, transform, prepare, device]) expect(part).toBeGreaterThanOrEqual(0);
        expect(event.elapsed).toBeCloseTo(last + total, 12);
        last = event.elapsed;
      }
      const start = performance.now();
      await new Promise((resolve) => setTimeout(resolve, 30));
      consumed += performance.now() - start;
    }
    // However slow the machine: training and consumer took their shares of the same time.
    expect(last).toBeGreaterThan(0);
    expect(last * 1000).toBeLessThan(performance.now() - began - consumed);
  });

  it('has the host side of the next step done while the device works, and runs on any compiler', async () => {
    const log: string[] = [];
    const source: BatchSource = {
      ...batches(),
      at: (step) => {
        log.push(`read ${step}`);
        return batches().at(step);
      },
    };
    const slow: Compile = (step, initial) => {
      const inner = eager(step, initial);
      let count = 0;
      return {
        ...inner,
        async run(inputs) {
          const k = count++;
          log.push(`launch ${k}`);
          const outputs = await inner.run(inputs);
          await new Promise((resolve) => setTimeout(resolve, 20));
          log.push(`done ${k}`);
          return outputs;
        },
      };
    };
    const events = await collect(train({ ...options, batches: source, compile: slow, steps: 3 }));
    expect(log).toEqual([
      'read 0',
      'launch 0',
      'read 1',
      'done 0',
      'launch 1',
      'read 2',
      'done 1',
      'launch 2',
      'done 2',
    ]);
    const plain = await collect(train({ ...options, steps: 3 }));
    expect(steps(events).map(({ loss }) => loss)).toEqual(steps(plain).map(({ loss }) => loss));
  });

  it.each([1, 10])('leaves no tensor behind in 1,000 steps, read every %d', async (readEvery) => {
    const before = tf.memory().numTensors;
    let atFirst = 0;
    for await (const event of train({ ...options, steps: 1000, readEvery })) {
      if (event.type !== 'step') continue;
      if (event.step === 10) atFirst = tf.memory().numTensors;
      if (event.step === 1000) expect(tf.memory().numTensors).toBe(atFirst);
    }
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each(['start', 'step', 'snapshot', 'end'])(
    'frees everything if the consumer leaves at a %s event',
    async (type) => {
      const before = tf.memory().numTensors;
      for await (const event of train({ ...options, steps: 4, readEvery: 2, snapshotEvery: 2 })) {
        if (event.type === type) break;
      }
      expect(tf.memory().numTensors).toBe(before);
    },
  );
});
