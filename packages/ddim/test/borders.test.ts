import '@tensorflow/tfjs';
import { createRng } from '@immiscible/core';
import type { Model } from '@immiscible/core/tensors';
import {
  ddimInvert,
  ddimObjective,
  ddimSample,
  ddpmSample,
  diffusionDenoiser,
  diffusionHeunSample,
  dpmSolverSample,
  interpolateNoise,
} from '@immiscible/ddim';
import { linearSchedule } from '@immiscible/schedulers';
import { contiguousCopy, stridedViews } from '@immiscible/testing';
import * as tf from '@tensorflow/tfjs-core';
import ndarray, { type NdArray } from 'ndarray';
import { beforeAll, describe, expect, it } from 'vitest';

type Array4d = NdArray<Float32Array>;
const model: Model = {
  init: () => ({}),
  apply: (_, x, time) => tf.mul(x, tf.reshape(tf.add(0.2, tf.mul(tf.sin(time), 0.1)), [-1, 1, 1, 1])),
};
const imageShape = [4, 4, 1] as const;
const shared = { count: 3, imageShape, batchSize: 2 };
const rng = () => createRng(0);
const schedule = linearSchedule();
const levels = { schedule, prediction: 'vPrediction', steps: 3 } as const;
const drawn = { ...shared, ...levels, rng: rng() };

beforeAll(() => tf.setBackend('cpu'));

/** Each function of this package that takes host arrays. */
const functions: Record<string, (x: Array4d) => Promise<unknown> | unknown> = {
  ddimSample: (initial) => ddimSample(model, {}, { ...shared, ...levels, rng: rng(), initial }),
  ddpmSample: (initial) => ddpmSample(model, {}, { ...shared, ...levels, rng: rng(), initial }),
  dpmSolverSample: (initial) => dpmSolverSample(model, {}, { ...shared, ...levels, rng: rng(), initial }),
  diffusionHeunSample: (initial) =>
    diffusionHeunSample(model, {}, { ...shared, ...levels, rng: rng(), initial }),
  ddimInvert: (images) => ddimInvert(model, {}, images, levels),
  interpolateNoise: (x) => interpolateNoise(x.pick(0), x.pick(1), [0, 0.4]),
  ddimObjective: (x) => ddimObjective({ schedule, prediction: 'x0' }).prepare({ x0: x, noise: x }, rng(), 0),
};

describe.each(stridedViews([3, ...imageShape]))('a view that is $name', ({ view }) => {
  it.each(Object.entries(functions))('gives what its copy gives: %s', async (_, run) => {
    expect(await run(view)).toEqual(await run(contiguousCopy(view)));
  });
});

describe('options that do not exist', () => {
  it.each<[string, () => unknown, string]>([
    [
      'ddimSample',
      () => ddimSample(model, {}, { ...drawn, numSteps: 5 } as never),
      'ddimSample: options has no key "numSteps"; did you mean "steps"?',
    ],
    [
      'ddpmSample',
      () => ddpmSample(model, {}, { ...drawn, eta: 1 } as never),
      'ddpmSample: options has no key "eta"',
    ],
    [
      'dpmSolverSample',
      () => dpmSolverSample(model, {}, { ...drawn, solverOrder: 1 } as never),
      'has no key "solverOrder"; did you mean "order"?',
    ],
    [
      'diffusionHeunSample',
      () => diffusionHeunSample(model, {}, { ...drawn, order: 2 } as never),
      'has no key "order"',
    ],
    [
      'ddimInvert',
      () =>
        ddimInvert(model, {}, ndarray(new Float32Array(16), [1, 4, 4, 1]), {
          ...levels,
          rng: rng(),
        } as never),
      'ddimInvert: options has no key "rng"',
    ],
    [
      'ddimObjective',
      () => ddimObjective({ schedule, prediction: 'x0', weights: 1 } as never),
      'ddimObjective: options has no key "weights"',
    ],
    [
      'ddimObjective, prediction',
      () => ddimObjective({ schedule, prediction: 'v' } as never),
      'ddimObjective: prediction must be "epsilon", "x0" or "vPrediction", got "v"',
    ],
    [
      'ddimObjective, no schedule',
      () => ddimObjective({ prediction: 'x0' } as never),
      'schedule must be a NoiseSchedule, got undefined',
    ],
    [
      'ddimSample, no schedule',
      () => ddimSample(model, {}, { ...shared, rng: rng(), prediction: 'x0' } as never),
      'schedule must be a NoiseSchedule, got undefined',
    ],
    [
      'diffusionDenoiser',
      () => diffusionDenoiser(model, { schedule, prediction: 'x0', steps: 3 } as never),
      'diffusionDenoiser: options has no key "steps"',
    ],
  ])('are refused with the nearest name: %s', async (_, run, message) => {
    await expect((async () => run())()).rejects.toThrow(message);
  });
});

it.each([undefined, 7, createRng])('%o is no stream of random numbers', (none) => {
  const x0 = contiguousCopy((stridedViews([3, ...imageShape])[0] as { view: Array4d }).view);
  expect(() =>
    ddimObjective({ schedule, prediction: 'x0' }).prepare({ x0, noise: x0 }, none as never, 0),
  ).toThrow('ddimObjective: rng must be an Rng, got ');
});
