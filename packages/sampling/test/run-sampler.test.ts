import '@tensorflow/tfjs';
import { createRng } from '@immiscible/core';
import type { Model } from '@immiscible/core/tensors';
import { runBatches, runSampler, samplerOptions } from '@immiscible/sampling';
import { contiguousCopy, stridedViews } from '@immiscible/testing';
import * as tf from '@tensorflow/tfjs-core';
import ndarray from 'ndarray';
import { beforeAll, describe, expect, it } from 'vitest';

const model: Model = { init: () => ({}), apply: (_, x) => tf.mul(x, 0.5) };
const imageShape = [4, 4, 2] as const;
const shared = { count: 3, imageShape, rng: createRng(0), batchSize: 2 };
const step = { time: 1, update: (xt: tf.Tensor4D) => tf.clone(xt) };

beforeAll(() => tf.setBackend('cpu'));

describe.each(stridedViews([3, ...imageShape]))('a view that is $name', ({ view }) => {
  const copy = contiguousCopy(view);

  it('is what runSampler starts from', async () => {
    const run = await runSampler(model, {}, { fn: 'sample', steps: [step], ...shared, initial: view });
    expect(run.data).toEqual(copy.data);
  });

  it('is what runBatches starts from', async () => {
    const run = await runBatches(
      model,
      {},
      { fn: 'sample', ...shared, initial: view, solve: async ({ xt }) => xt },
    );
    expect(run.data).toEqual(copy.data);
  });
});

describe('what is no float32 NdArray', () => {
  it.each([
    [[[[[0]]]], 'initial must be an NdArray on a typed array, got a plain array'],
    [new Float32Array(96), 'got a bare Float32Array'],
    [
      ndarray(new Float64Array(96), [3, 4, 4, 2]),
      'initial must be float32, got an NdArray on a Float64Array',
    ],
  ])('is refused by name: %#', async (initial, message) => {
    const run = runSampler(model, {}, { fn: 'sample', steps: [step], ...shared, initial: initial as never });
    await expect(run).rejects.toThrow(message);
  });

  it('is refused where a tensor is given', async () => {
    const initial = tf.zeros([3, 4, 4, 2]);
    const run = runSampler(model, {}, { fn: 'sample', steps: [step], ...shared, initial: initial as never });
    await expect(run).rejects.toThrow('initial must be an NdArray on a typed array, got a tensor');
    initial.dispose();
  });
});

describe('samples that are not finite', () => {
  const steps = [9, 8, 7].map((time) => ({
    time,
    update: (xt: tf.Tensor4D) => tf.mul(xt, time === 8 ? NaN : 1) as tf.Tensor4D,
  }));
  it('are named with the step and time after which', async () => {
    const before = tf.memory().numTensors;
    await expect(runSampler(model, {}, { fn: 'sample', steps, ...shared })).rejects.toThrow(
      'sample: the sample after step 2 of 3, at time 8, must be finite, got NaN',
    );
    expect(tf.memory().numTensors).toBe(before);
  });

  it('are refused at the start', async () => {
    const initial = ndarray(new Float32Array(96).fill(1), [3, 4, 4, 2]);
    initial.set(2, 1, 0, 1, Infinity);
    await expect(runSampler(model, {}, { fn: 'sample', steps, ...shared, initial })).rejects.toThrow(
      'sample: initial must be finite, got Infinity',
    );
  });
});

describe('options of the loop that samplers share', () => {
  it('are refused where they do not exist, and taken out of a sampler’s own', async () => {
    const more = { ...shared, eta: 1 };
    await expect(runSampler(model, {}, { fn: 'sample', steps: [step], ...more })).rejects.toThrow(
      'options has no key "eta"',
    );
    expect(samplerOptions(more)).toEqual(shared);
    await expect(
      runSampler(model, {}, { fn: 'sample', steps: [step], ...samplerOptions(more) }),
    ).resolves.toBeDefined();
  });

  it.each([
    [{ rng: undefined }, 'rng must be an Rng, got undefined; createRng(seed) of @immiscible/core makes one'],
    [{ imageShape: 14 }, 'imageShape must be [height, width, channels], got 14'],
    [{ labels: Int32Array.of(0, -2, 1) }, 'labels[1] must be a class index'],
  ])('are checked: %o', async (wrong, message) => {
    await expect(
      runSampler(model, {}, { fn: 'sample', steps: [step], ...shared, ...wrong } as never),
    ).rejects.toThrow(message);
  });

  it('has no labels but classes and −1', async () => {
    const labels = Int32Array.of(0, -1, 7);
    await expect(
      runSampler(model, {}, { fn: 'sample', steps: [step], ...shared, labels }),
    ).resolves.toBeDefined();
  });

  it('wants a model', async () => {
    const run = runSampler((() => 0) as never, {}, { fn: 'sample', steps: [step], ...shared });
    await expect(run).rejects.toThrow('sample: model must be a Model');
  });
});
