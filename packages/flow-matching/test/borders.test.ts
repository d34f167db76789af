import '@tensorflow/tfjs';
import { createRng } from '@immiscible/core';
import type { Model } from '@immiscible/core/tensors';
import {
  dormandPrinceSample,
  eulerSample,
  flowMatchingObjective,
  flowView,
  heunSample,
  logitNormalTimes,
  midpointSample,
  stratifiedTimes,
  uniformTimes,
} from '@immiscible/flow-matching';
import { closedFormModel as model, describeBorder, gaussianBatch } from '@immiscible/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';

const shared = { count: 3, imageShape: [4, 4, 1], batchSize: 2, rng: createRng(0) } as const;
const stepped = { ...shared, steps: 3 };
const adaptive = { ...shared, relativeTolerance: 0.1, absoluteTolerance: 0.1 };

beforeAll(() => tf.setBackend('cpu'));

describeBorder({
  shape: [3, 4, 4, 1],
  hostArrays: {
    eulerSample: (initial) => eulerSample(model, {}, { ...stepped, initial }),
    heunSample: (initial) => heunSample(model, {}, { ...stepped, initial }),
    midpointSample: (initial) => midpointSample(model, {}, { ...stepped, initial }),
    dormandPrinceSample: (initial) => dormandPrinceSample(model, {}, { ...adaptive, initial }),
    flowMatchingObjective: (x) => flowMatchingObjective().prepare({ x0: x, noise: x }, createRng(0), 0),
  },
  options: {
    eulerSample: (extra) => eulerSample(model, {}, { ...stepped, ...extra }),
    heunSample: (extra) => heunSample(model, {}, { ...stepped, ...extra }),
    midpointSample: (extra) => midpointSample(model, {}, { ...stepped, ...extra }),
    dormandPrinceSample: (extra) => dormandPrinceSample(model, {}, { ...adaptive, ...extra }),
    flowMatchingObjective: (extra) => flowMatchingObjective(extra),
    logitNormalTimes: (extra) => logitNormalTimes(extra),
    flowView: (extra) => flowView(extra),
  },
  streams: {
    uniformTimes: (rng) => uniformTimes(3, rng),
    stratifiedTimes: (rng) => stratifiedTimes(3, rng),
    logitNormalTimes: (rng) => logitNormalTimes()(3, rng),
    flowMatchingObjective: (rng) =>
      flowMatchingObjective().prepare(gaussianBatch(createRng(1), { count: 3, shape: [4, 4, 1] }), rng, 0),
  },
});

describe('a velocity that is not finite', () => {
  // The velocity (x − 0.25)/t has no value at t = 0.
  const singular: Model = {
    init: () => ({}),
    apply: (_, x, time) => tf.div(tf.sub(x, 0.25), tf.reshape(time, [-1, 1, 1, 1])),
  };
  const nan: Model = { init: () => ({}), apply: (_, x) => tf.mul(x, NaN) };
  it.each([1e-5, 1e-1])('is named with its time and step, at tolerance %d', async (relativeTolerance) => {
    const options = { ...shared, relativeTolerance, timeScale: 1 };
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
    await expect(eulerSample(late, {}, { ...shared, steps: 4 })).rejects.toThrow(
      'eulerSample: the sample after step 3 of 4, at time 500, must be finite',
    );
  });
});
