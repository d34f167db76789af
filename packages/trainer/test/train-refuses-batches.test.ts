import '@tensorflow/tfjs';
import type { Batch, BatchSource } from '@immiscible/core';
import type { HostInputs, Objective } from '@immiscible/core/tensors';
import { type HostSource, train } from '@immiscible/trainer';
import * as tf from '@tensorflow/tfjs-core';
import ndarray from 'ndarray';
import { beforeAll, describe, expect, it } from 'vitest';
import { BATCH, batches, model, options } from './tiny.js';
import { failure } from './train-events.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('train refuses', () => {
  it('images whose shape changes in mid-run', async () => {
    const changing: BatchSource = {
      ...batches(),
      at: (step) => (step < 2 ? batches().at(step) : { x0: ndarray(new Float32Array(4 * 6), [4, 2, 3, 1]) }),
    };
    expect(await failure(() => train({ ...options, batches: changing, steps: 3 }))).toEqual(
      new RangeError(
        'train: batches.at(2).x0 must be of shape [4,3,2,1] like batches.batchSize and imageShape, got [4,2,3,1]',
      ),
    );
  });

  describe('a transform that', () => {
    const data = (length: number) => new Float32Array(length);
    const cases: [string, (batch: Batch) => unknown, RegExp][] = [
      [
        'loses the labels',
        ({ x0, noise }) => ({ x0, noise }),
        /^train: the transform's labels must be as they were given, got undefined; return \{ \.\.\.batch, noise \}/,
      ],
      [
        'loses some of them',
        (batch) => ({ ...batch, labels: batch.labels?.slice(1) }),
        /^train: the transform's labels must be 8 as given, got a Int32Array of length 7/,
      ],
      [
        'moves the labels',
        (batch) => ({ ...batch, labels: batch.labels?.slice().reverse() }),
        /^train: the transform's labels\[0\] must be 0 as it was given, got 4; return/,
      ],
      [
        'moves the labels in place',
        (batch) => (batch.labels?.reverse(), batch),
        /^train: the transform's labels\[0\] must be 0 as it was given, got 4/,
      ],
      [
        'changes the images',
        (batch) => ({
          ...batch,
          x0: ndarray(
            batch.x0.data.map((x) => -x),
            batch.x0.shape,
          ),
        }),
        /^train: the transform's x0 must be as it was given, got "other images"; a transform chooses noise/,
      ],
      [
        'changes them in place',
        (batch) => (batch.x0.set(0, 0, 0, 0, 9), batch),
        /^train: the transform's x0 must be as it was given/,
      ],
      [
        'flips them',
        (batch) => ({ ...batch, x0: batch.x0.step(1, 1, -1) }),
        /^train: the transform's x0 must be as it was given/,
      ],
      [
        'drops images',
        (batch) => ({ ...batch, x0: batch.x0.hi(4), noise: batch.noise.hi(4) }),
        /^train: the transform's x0 must be of shape \[8,3,2,1\] like its argument's, got \[4,3,2,1\]/,
      ],
      [
        'gives noise of another shape',
        (batch) => ({ ...batch, noise: ndarray(data(48), [8, 2, 3, 1]) }),
        /^train: the transform's noise must be of shape \[8,3,2,1\]/,
      ],
      [
        'gives noise of another dtype',
        (batch) => ({ ...batch, noise: ndarray(new Float64Array(48), [8, 3, 2, 1]) }),
        /^train: the transform's noise must hold a Float32Array, got a Float64Array/,
      ],
      [
        'gives a bare array',
        (batch) => ({ ...batch, noise: batch.noise.data }),
        /^train: the transform's noise must be an NdArray on a typed array, got a bare Float32Array/,
      ],
      [
        'gives nothing',
        () => undefined,
        /^train: the transform's result must be a batch \{ x0, noise, labels\? \}, got undefined/,
      ],
    ];

    it.each(cases)('%s', async (_, change, message) => {
      const transform = Object.assign(change as (batch: Batch) => Batch, { pool: 2 * BATCH });
      expect((await failure(() => train({ ...options, transform, steps: 1 }))).message).toMatch(message);
    });

    it('adds labels', async () => {
      const transform = (batch: Batch) => ({ ...batch, labels: new Int32Array(4) });
      const unlabeled: BatchSource = { ...batches(), at: () => ({ x0: ndarray(data(24), [4, 3, 2, 1]) }) };
      expect(
        (await failure(() => train({ ...options, batches: unlabeled, transform, steps: 1 }))).message,
      ).toMatch(/^train: the transform's labels must be absent as in its argument, got/);
    });
  });

  it.each([
    [[0, 1, 2, 3], undefined],
    [[0, 1, 2, -1], undefined],
    [
      [0, 1, 2, 4],
      'train: batches.at(0): labels[3] must be a class index in [0, 4), or -1 for no class, got 4',
    ],
    [[0, -2, 2, 3], 'labels[1] must be a class index in [0, 4), or -1 for no class, got -2'],
    [[0, 0.5, 2, 3], 'labels[1] must be a class index in [0, 4), or -1 for no class, got 0.5'],
    [[0, 1, 2], 'labels must be 4 numbers, one per image, got "3"'],
  ])('labels that are none for the model: %j', async (labels, message) => {
    const source: BatchSource = {
      ...batches(),
      at: () => ({
        x0: ndarray(new Float32Array(24), [4, 3, 2, 1]),
        labels: labels as unknown as Int32Array,
      }),
    };
    const run = () => train({ ...options, model: { ...model, classes: 4 }, batches: source, steps: 1 });
    expect((await failure(run)).message).toContain(message ?? 'nothing thrown');
    // As the objective hands them on, whatever thread made them.
    const host: HostSource = async () => ({
      inputs: { labels: ndarray(Float32Array.from(labels), [labels.length]) },
      distance: { before: 0, after: 0 },
      seconds: { batch: 0, transform: 0, prepare: 0 },
    });
    if (message?.includes('[0, 4)')) {
      const elsewhere = () => train({ ...options, model: { ...model, classes: 4 }, host, steps: 1 });
      expect((await failure(elsewhere)).message).toContain(message.replace('batches.at(0): ', ''));
    }
  });

  it('images that are no float32 arrays', async () => {
    for (const [x0, message] of [
      [
        ndarray(new Uint8Array(24), [4, 3, 2, 1]),
        'train: batches.at(0).x0 must hold a Float32Array, got a Uint8Array',
      ],
      [tf.zeros([4, 3, 2, 1]), 'train: batches.at(0).x0 must be an NdArray on a typed array, got a tensor'],
      [undefined, 'train: batches.at(0).x0 must be an NdArray on a typed array, got undefined'],
    ] as const) {
      const source = { ...batches(), at: () => ({ x0 }) } as unknown as BatchSource;
      expect((await failure(() => train({ ...options, batches: source, steps: 1 }))).message).toContain(
        message,
      );
    }
  });

  it('inputs whose shape or names change in mid-run', async () => {
    const changing = (inputs: (step: number) => HostInputs): Objective<HostInputs> => ({
      prepare: (batch, rng, step) => ({ ...objective.prepare(batch, rng, step), ...inputs(step) }),
      loss: objective.loss,
    });
    const { objective } = options;
    const array = (length: number) => ndarray(new Float32Array(length), [length]);
    const cases = [
      [
        changing((step) => ({ extra: array(step === 1 ? 3 : 2) })),
        'train: objective.prepare\'s "extra" must be of shape [2] as in the first step, got [3]',
      ],
      [
        changing((step) => (step === 1 ? { extra: array(2) } : {})),
        'train: objective.prepare\'s "extra" must be among the inputs of the first step, got [2]',
      ],
      [
        changing((step) => (step === 1 ? {} : { extra: array(2) })),
        'train: objective.prepare\'s inputs must be those of the first step, got ["x0","noise","time"]',
      ],
    ] as const;
    for (const [changed, message] of cases) {
      const error = await failure(() => train({ ...options, objective: changed, steps: 3 }));
      expect(error).toEqual(new RangeError(message));
    }
  });
});
