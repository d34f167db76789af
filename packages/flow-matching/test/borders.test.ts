import '@tensorflow/tfjs';
import { createRng } from '@immiscible/core';
import type { Model } from '@immiscible/core/tensors';
import {
  dormandPrinceSample,
  eulerSample,
  flowMatchingObjective,
  heunSample,
  logitNormalTimes,
  midpointSample,
  stratifiedTimes,
  uniformTimes,
} from '@immiscible/flow-matching';
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
const loose = { relativeTolerance: 0.1, absoluteTolerance: 0.1, timeScale: 1 };

beforeAll(() => tf.setBackend('cpu'));

/** Each function of this package that takes host arrays. */
const functions: Record<string, (x: Array4d) => Promise<unknown> | unknown> = {
  eulerSample: (initial) => eulerSample(model, {}, { ...shared, steps: 3, rng: rng(), initial }),
  heunSample: (initial) => heunSample(model, {}, { ...shared, steps: 3, rng: rng(), initial }),
  midpointSample: (initial) => midpointSample(model, {}, { ...shared, steps: 3, rng: rng(), initial }),
  dormandPrinceSample: (initial) =>
    dormandPrinceSample(model, {}, { ...shared, ...loose, rng: rng(), initial }),
  flowMatchingObjective: (x) => flowMatchingObjective().prepare({ x0: x, noise: x }, rng(), 0),
};

describe.each(stridedViews([3, ...imageShape]))('a view that is $name', ({ view }) => {
  it.each(Object.entries(functions))('gives what its copy gives: %s', async (_, run) => {
    expect(await run(view)).toEqual(await run(contiguousCopy(view)));
  });
});

describe('options that do not exist', () => {
  it.each<[string, () => unknown, string]>([
    [
      'eulerSample',
      () => eulerSample(model, {}, { ...shared, rng: rng(), numSteps: 3 } as never),
      'eulerSample: options has no key "numSteps"; did you mean "steps"?',
    ],
    [
      'heunSample',
      () => heunSample(model, {}, { ...shared, rng: rng(), numSteps: 3 } as never),
      'heunSample: options has no key "numSteps"; did you mean "steps"?',
    ],
    [
      'midpointSample',
      () => midpointSample(model, {}, { ...shared, rng: rng(), numSteps: 3 } as never),
      'midpointSample: options has no key "numSteps"; did you mean "steps"?',
    ],
    [
      'dormandPrinceSample',
      () => dormandPrinceSample(model, {}, { ...shared, rng: rng(), tolerance: 1 } as never),
      'dormandPrinceSample: options has no key "tolerance"',
    ],
    [
      'flowMatchingObjective',
      () => flowMatchingObjective({ time: 1 } as never),
      'flowMatchingObjective: options has no key "time"',
    ],
    [
      'logitNormalTimes',
      () => logitNormalTimes({ sigma: 1 } as never),
      'logitNormalTimes: options has no key "sigma"',
    ],
  ])('are refused with the nearest name: %s', async (_, run, message) => {
    await expect((async () => run())()).rejects.toThrow(message);
  });
});

describe('a velocity that is not finite', () => {
  // The velocity (x − 0.25)/t has no value at t = 0.
  const singular: Model = {
    init: () => ({}),
    apply: (_, x, time) => tf.div(tf.sub(x, 0.25), tf.reshape(time, [-1, 1, 1, 1])),
  };
  const nan: Model = { init: () => ({}), apply: (_, x) => tf.mul(x, NaN) };
  it.each([1e-5, 1e-1])('is named with its time and step, at tolerance %d', async (relativeTolerance) => {
    const options = { ...shared, relativeTolerance, rng: rng(), timeScale: 1 };
    await expect(dormandPrinceSample(nan, {}, options)).rejects.toThrow(
      'dormandPrinceSample: the slope of image 0 of the batch at t = 1, step 1, must be finite, got NaN',
    );
    await expect(dormandPrinceSample(singular, {}, options)).rejects.toThrow(
      /the slope of image \d of the batch between t = [\d.e-]+ and 0, step \d+, must be finite, got NaN/,
    );
  });

  it('is named by samplers of fixed steps', async () => {
    const late: Model = {
      init: () => ({}),
      apply: (_, x, time) => tf.div(x, tf.reshape(tf.sub(time, 500), [-1, 1, 1, 1])),
    };
    await expect(eulerSample(late, {}, { ...shared, steps: 4, rng: rng() })).rejects.toThrow(
      'eulerSample: the sample after step 3 of 4, at time 500, must be finite',
    );
  });
});

describe('a stream of random numbers', () => {
  const x0 = contiguousCopy((stridedViews([3, ...imageShape])[0] as { view: Array4d }).view);
  it.each<[string, (none: never) => unknown]>([
    ['uniformTimes', (none) => uniformTimes(3, none)],
    ['stratifiedTimes', (none) => stratifiedTimes(3, none)],
    ['logitNormalTimes', (none) => logitNormalTimes()(3, none)],
    ['flowMatchingObjective', (none) => flowMatchingObjective().prepare({ x0, noise: x0 }, none, 0)],
  ])('is one: %s', (name, run) => {
    for (const none of [undefined, 7, createRng])
      expect(() => run(none as never)).toThrow(`${name}: rng must be an Rng, got `);
  });
});
