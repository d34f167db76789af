import '@tensorflow/tfjs';
import { createRng } from '@immiscible/core';
import type { Model } from '@immiscible/core/tensors';
import { denoiserSample, edmDenoiser, edmObjective, edmSample, edmScales } from '@immiscible/edm';
import { contiguousCopy, stridedViews } from '@immiscible/testing';
import * as tf from '@tensorflow/tfjs-core';
import type { NdArray } from 'ndarray';
import { beforeAll, describe, expect, it } from 'vitest';

type Array4d = NdArray<Float32Array>;
const model: Model = {
  init: () => ({}),
  apply: (_, x, time) => tf.mul(x, tf.reshape(tf.add(0.2, tf.mul(tf.sin(time), 0.1)), [-1, 1, 1, 1])),
};
const imageShape = [4, 4, 1] as const;
const shared = { count: 3, imageShape, batchSize: 2 };
const rng = () => createRng(0);

beforeAll(() => tf.setBackend('cpu'));

/** Each function of this package that takes host arrays. */
const functions: Record<string, (x: Array4d) => Promise<unknown> | unknown> = {
  edmSample: (initial) => edmSample(model, {}, { ...shared, steps: 3, rng: rng(), initial }),
  denoiserSample: (initial) => denoiserSample(model, {}, { ...shared, steps: 3, rng: rng(), initial }),
  edmObjective: (x) => edmObjective().prepare({ x0: x, noise: x }, rng(), 0),
};

describe.each(stridedViews([3, ...imageShape]))('a view that is $name', ({ view }) => {
  it.each(Object.entries(functions))('gives what its copy gives: %s', async (_, run) => {
    expect(await run(view)).toEqual(await run(contiguousCopy(view)));
  });
});

describe('options that do not exist', () => {
  it.each<[string, () => unknown, string]>([
    [
      'edmSample',
      () => edmSample(model, {}, { ...shared, rng: rng(), numSteps: 3 } as never),
      'edmSample: options has no key "numSteps"; did you mean "steps"?',
    ],
    [
      'denoiserSample',
      () => denoiserSample(model, {}, { ...shared, rng: rng(), sigmaData: 1 } as never),
      'denoiserSample: options has no key "sigmaData"',
    ],
    [
      'edmObjective',
      () => edmObjective({ weight: 1 } as never),
      'edmObjective: options has no key "weight"; did you mean "weighting"?',
    ],
    [
      'edmScales',
      () => edmScales(1, { sigmadata: 1 } as never),
      'edmScales: scaling has no key "sigmadata"; did you mean "sigmaData"?',
    ],
    [
      'edmDenoiser',
      () => edmDenoiser(model, { scale: 1 } as never),
      'edmDenoiser: scaling has no key "scale"',
    ],
    ['edmDenoiser, no model', () => edmDenoiser((() => 0) as never), 'edmDenoiser: model must be a Model'],
  ])('are refused with the nearest name: %s', async (_, run, message) => {
    await expect((async () => run())()).rejects.toThrow(message);
  });
});

it.each([undefined, 7, createRng])('%o is no stream of random numbers', (none) => {
  const x0 = contiguousCopy((stridedViews([3, ...imageShape])[0] as { view: Array4d }).view);
  expect(() => edmObjective().prepare({ x0, noise: x0 }, none as never, 0)).toThrow(
    'edmObjective: rng must be an Rng, got ',
  );
});
