import '@tensorflow/tfjs';
import { createRng } from '@immiscible/core';
import type { Compile, HostInputs, Objective } from '@immiscible/core/tensors';
import { eager, memoryStore, train } from '@immiscible/trainer';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { batches, model, options } from './tiny.js';
import { failure } from './train-events.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('train refuses', () => {
  it.each([
    [{ steps: 0 }, 'train: steps must be an integer of at least 1, got 0'],
    [{ steps: 2.5 }, 'train: steps must be an integer of at least 1, got 2.5'],
    [{ readEvery: 0 }, 'train: readEvery must be an integer of at least 1, got 0'],
    [{ snapshotEvery: -1 }, 'train: snapshotEvery must be an integer of at least 1, got -1'],
    [
      { batches: { ...batches(), batchSize: 0 } },
      'train: batches.batchSize must be an integer of at least 1, got 0',
    ],
    [
      { transform: Object.assign((batch: never) => batch, { pool: 6 }) },
      'train: transform.pool must be a multiple of the batch size, 4, got 6',
    ],
    [{ step: 3 }, 'train: options has no key "step"; did you mean "steps"?'],
    [
      { coupling: (batch: never) => batch },
      'train: options has no key "coupling"; its keys are model, objective, batches, transform, host, optimizer, ema, teacher, ' +
        'rng, steps, compile, params, start, checkpoint, snapshotEvery, readEvery, config, metadata, signal',
    ],
    [
      { checkpoint: { store: memoryStore(), evry: 2 } },
      'train: checkpoint has no key "evry"; did you mean "every"?',
    ],
    [
      { metadata: { twin: 3 } },
      'train: metadata must be an object of texts, got {twin: 3}; use String(…) or JSON.stringify(…)',
    ],
  ])('%o at the call', (change, message) => {
    expect(() => train({ ...options, steps: 3, ...change } as Parameters<typeof train>[0])).toThrow(
      new RangeError(message),
    );
  });

  it.each([
    [
      { model: undefined },
      'train: model must have the functions init, apply, got undefined; unet of @immiscible/unet makes one',
    ],
    [
      { model: { predict: () => 0 } },
      'train: model must have the functions init, apply, got {predict: the function predict}',
    ],
    [
      { optimizer: 'adam' },
      'train: optimizer must have the functions init, scalars, update, got "adam"; adam of @immiscible/optim makes one',
    ],
    [{ rng: 7 }, 'train: rng must be an Rng, got 7; createRng(seed)'],
    [{ batches: {} }, 'train: batches must have the functions at, got {}'],
    [{ ema: 0.999 }, 'train: ema must have the functions scalars, update, got 0.999'],
    [{ transform: 'linear' }, 'train: transform must be a function from a batch to a batch'],
    [{ host: { step: () => 0 } }, 'train: host must be a function, such as hostWorker(…).step, got {step: '],
    [{ compile: 'jit' }, 'train: compile must be a function, such as jit or eager, got "jit"'],
    [
      { checkpoint: { store: 'runs/a' } },
      'train: checkpoint.store must have the functions prepare, save, latest',
    ],
  ])('parts of the wrong kind at the call: %o', (change, message) => {
    const run = () => train({ ...options, steps: 3, ...change } as unknown as Parameters<typeof train>[0]);
    expect(run).toThrow(TypeError);
    expect(run).toThrow(message);
  });

  it('weights that the loss does not depend on, naming them', async () => {
    const net = {
      ...model,
      init: () => ({ ...model.init(createRng(0)), idle: tf.zeros([2]), spare: tf.ones([1]) }),
    };
    expect((await failure(() => train({ ...options, model: net, steps: 1 }))).message).toBe(
      'train: the loss must depend on every weight, got 2 of 4 without a gradient: idle, spare; ' +
        'use them in the loss or leave them out of model.init',
    );
  });

  it('a compiler that hands on { state } as the state', async () => {
    const compile: Compile = (step, state) => eager(step, { state } as never);
    expect((await failure(() => train({ ...options, compile, steps: 1 }))).message).toMatch(
      /^train: compile must give the step its state, with params, got \{state: .*; its second argument is \{ state \}: compile: \(step, \{ state \}\) => jit\(step, \{ state \}\)$/,
    );
  });

  it('a loss that is no scalar', async () => {
    const vector = {
      ...options.objective,
      loss: (_net: unknown, params: Record<string, tf.Tensor>) =>
        tf.mul(params['weight'] as tf.Tensor, params['bias'] as tf.Tensor),
    } as unknown as Objective<HostInputs>;
    expect((await failure(() => train({ ...options, objective: vector, steps: 1 }))).message).toBe(
      "train: objective.loss's result must be a scalar, got an array of shape [3,2,1]",
    );
  });

  it('passes on an error of the batch source, the transform or the objective', async () => {
    const fail = () => {
      throw new Error('no more data');
    };
    const late = { ...batches(), at: (step: number) => (step === 2 ? fail() : batches().at(step)) };
    for (const change of [
      { batches: late },
      { batches: late, readEvery: 5 },
      { transform: () => Promise.reject(new Error('no more data')) },
      { objective: { ...options.objective, prepare: fail } },
    ]) {
      expect((await failure(() => train({ ...options, ...change, steps: 4 }))).message).toBe('no more data');
    }
  });
});
