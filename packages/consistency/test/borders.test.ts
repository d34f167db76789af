import '@tensorflow/tfjs';
import { createRng } from '@immiscible/core';
import type { Model } from '@immiscible/core/tensors';
import {
  colorize,
  consistencyDistillation,
  consistencyFunction,
  consistencySample,
  consistencyScales,
  consistencyTraining,
  easyConsistencyTuning,
  improvedConsistencyTraining,
  inpaint,
  risingLevels,
  superResolve,
} from '@immiscible/consistency';
import { contiguousCopy, stridedViews } from '@immiscible/testing';
import * as tf from '@tensorflow/tfjs-core';
import ndarray, { type NdArray } from 'ndarray';
import { beforeAll, describe, expect, it } from 'vitest';

type Array4d = NdArray<Float32Array>;
const model: Model = {
  init: () => ({}),
  apply: (_, x, time) => tf.mul(x, tf.reshape(tf.add(0.2, tf.mul(tf.sin(time), 0.1)), [-1, 1, 1, 1])),
};
const imageShape = [4, 4, 3] as const;
const shared = { count: 3, imageShape, batchSize: 2 };
const rng = () => createRng(0);
const sigmas = [80, 1];
const edit = { sigmas, rng: rng(), batchSize: 2 };
const teacher = { denoiser: model, params: {} };

beforeAll(() => tf.setBackend('cpu'));

/** About half of the pixels, by the sign of values that are seen through the same view. */
function signs(view: Array4d): Array4d {
  const data = view.data.map((value) => Number(value > 0));
  return ndarray(data, view.shape, view.stride, view.offset);
}

/** Each function of this package that takes host arrays. */
const functions: Record<string, (x: Array4d) => Promise<unknown> | unknown> = {
  consistencySample: (initial) => consistencySample(model, {}, { ...shared, sigmas, rng: rng(), initial }),
  inpaint: (images) => inpaint(model, {}, { images, mask: signs(images.pick(null, null, null, 0)), ...edit }),
  'inpaint, one mask': (images) =>
    inpaint(model, {}, { images, mask: signs(images.pick(0, null, null, 1)), ...edit }),
  superResolve: (images) => superResolve(model, {}, { images, factor: 2, ...edit }),
  colorize: (images) => colorize(model, {}, { gray: images.pick(null, null, null, 1), ...edit }),
  consistencyTraining: (x) => consistencyTraining({ steps: 9 }).prepare({ x0: x, noise: x }, rng(), 0),
  improvedConsistencyTraining: (x) =>
    improvedConsistencyTraining({ steps: 9 }).prepare({ x0: x, noise: x }, rng(), 0),
  easyConsistencyTuning: (x) =>
    easyConsistencyTuning({ stageSteps: 9 }).prepare({ x0: x, noise: x }, rng(), 0),
  consistencyDistillation: (x) => consistencyDistillation({ teacher }).prepare({ x0: x, noise: x }, rng(), 0),
};

describe.each(stridedViews([3, ...imageShape]))('a view that is $name', ({ view }) => {
  it.each(Object.entries(functions))('gives what its copy gives: %s', async (_, run) => {
    expect(await run(view)).toEqual(await run(contiguousCopy(view)));
  });
});

describe('options that do not exist', () => {
  it.each<[string, () => unknown, string]>([
    [
      'consistencySample',
      () => consistencySample(model, {}, { ...shared, rng: rng(), steps: 3 } as never),
      'consistencySample: options has no key "steps"',
    ],
    [
      'inpaint',
      () => inpaint(model, {}, { masks: 1 } as never),
      'inpaint: options has no key "masks"; did you mean "mask"?',
    ],
    [
      'superResolve',
      () => superResolve(model, {}, { scale: 1 } as never),
      'superResolve: options has no key "scale"',
    ],
    [
      'colorize',
      () => colorize(model, {}, { grey: 1 } as never),
      'colorize: options has no key "grey"; did you mean "gray"?',
    ],
    [
      'colorize, a tensor',
      () => colorize(model, {}, { gray: tf.zeros([1, 2, 2]), ...edit } as never),
      'colorize: gray must be an NdArray on a typed array, got a tensor',
    ],
    [
      'consistencyTraining',
      () => consistencyTraining({ steps: 1, levels: 3 } as never),
      'consistencyTraining: options has no key "levels"',
    ],
    [
      'improvedConsistencyTraining',
      () => improvedConsistencyTraining({ steps: 1, logStd: 3 } as never),
      'improvedConsistencyTraining: options has no key "logStd"',
    ],
    [
      'easyConsistencyTuning',
      () => easyConsistencyTuning({ steps: 1 } as never),
      'easyConsistencyTuning: options has no key "steps"',
    ],
    [
      'consistencyDistillation',
      () => consistencyDistillation({ teacher, steps: 1 } as never),
      'consistencyDistillation: options has no key "steps"',
    ],
    [
      'consistencyDistillation, no teacher',
      () => consistencyDistillation({} as never),
      'consistencyDistillation: teacher must be an object, got',
    ],
    [
      'consistencyFunction',
      () => consistencyFunction(model, { sigma: 1 } as never),
      'consistencyFunction: scaling has no key "sigma"',
    ],
    [
      'consistencyScales',
      () => consistencyScales(1, { sigma: 1 } as never),
      'consistencyScales: scaling has no key "sigma"',
    ],
    [
      'risingLevels',
      () => risingLevels(1, { steps: 1, first: 1, end: 1 } as never),
      'risingLevels: options has no key "end"',
    ],
  ])('are refused with the nearest name: %s', async (_, run, message) => {
    await expect((async () => run())()).rejects.toThrow(message);
  });
});
