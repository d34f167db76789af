import '@tensorflow/tfjs';
import type { GradientTransformation, HostInputs, Objective, WeightAverage } from '@immiscible/core/tensors';
import { eager, train } from '@immiscible/trainer';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { collect, IMAGE_SHAPE, options, PIXELS } from './tiny.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** Changes nothing. */
const frozen: GradientTransformation = {
  init: () => [],
  scalars: () => ({}),
  update: (gradients) => ({
    updates: Object.fromEntries(Object.entries(gradients).map(([name, g]) => [name, tf.zerosLike(g)])),
    state: [],
  }),
};

describe('train', () => {
  it('starts with given weights, and leaves them', async () => {
    const params = { weight: tf.ones([...IMAGE_SHAPE]), bias: tf.zeros([...IMAGE_SHAPE]) };
    for await (const event of train({ ...options, params, optimizer: frozen, steps: 1 })) {
      if (event.type === 'end')
        expect([...((await event.params['weight']?.data()) ?? [])]).toEqual(Array(PIXELS).fill(1));
    }
    expect(params.weight.isDisposed).toBe(false);
    tf.dispose(params);
  });

  it('passes the average to the objective as its second network', async () => {
    const seen: boolean[] = [];
    const watching: Objective<HostInputs> = {
      ...options.objective,
      loss: (net, params, inputs, aux) => {
        seen.push(aux !== undefined);
        return options.objective.loss(net, params, inputs);
      },
    };
    await collect(train({ ...options, objective: watching, steps: 1, compile: eager }));
    await collect(train({ ...options, ema: undefined, objective: watching, steps: 1, compile: eager }));
    expect(seen).toEqual([true, false]);
  });

  it('with a teacher passes that one, and shows the other', async () => {
    // The teacher takes the weights over whole but for step 1, the average never does: each is told by its values.
    const follows = (rate: (step: number) => number): WeightAverage => ({
      scalars: (step) => ({ rate: rate(step) }),
      update: (old, params, scalars) =>
        Object.fromEntries(
          Object.entries(old).map(([name, tensor]) => [
            name,
            tf.add(tensor, tf.mul(tf.sub(params[name] as tf.Tensor, tensor), scalars['rate'] as tf.Scalar)),
          ]),
        ),
    });
    const [students, teachers]: [number[], number[]] = [[], []];
    const watching: Objective<HostInputs> = {
      ...options.objective,
      loss: (net, params, inputs, aux) => {
        students.push((params['bias'] as tf.Tensor).dataSync()[0] as number);
        teachers.push((aux?.['bias'] as tf.Tensor).dataSync()[0] as number);
        return options.objective.loss(net, params, inputs);
      },
    };
    const shown: number[] = [];
    const run = {
      ...options,
      objective: watching,
      ema: follows(() => 0),
      teacher: follows((step) => (step === 1 ? 0 : 1)),
      compile: eager,
    };
    for await (const event of train({ ...run, steps: 3, snapshotEvery: 1 })) {
      if (event.type === 'snapshot') shown.push((event.ema?.['bias'] as tf.Tensor).dataSync()[0] as number);
    }
    expect(new Set(students).size).toBe(3);
    [0, 1, 1].forEach((i, step) => expect(teachers[step]).toBeCloseTo(students[i] as number, 6));
    expect(shown).toEqual([students[0], students[0], students[0]]);
  });

  it('without an average gives none', async () => {
    const events = await collect(train({ ...options, ema: undefined, steps: 1, snapshotEvery: 1 }));
    for (const event of events) expect('ema' in event).toBe(false);
  });
});
