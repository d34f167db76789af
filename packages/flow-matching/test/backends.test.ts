import '@tensorflow/tfjs';
import { selectBackend } from '@immiscible/backend';
import { createRng } from '@immiscible/core';
import type { Model } from '@immiscible/core/tensors';
import {
  dormandPrinceSample,
  eulerSample,
  flowMatchingObjective,
  heunSample,
  midpointSample,
} from '@immiscible/flow-matching';
import { availableBackends, describeObjective, expectSamplesAsOnCpu } from '@immiscible/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, it } from 'vitest';

/** Any smooth velocity. */
const model: Model = {
  init: () => ({}),
  apply: (_, x, time) => tf.mul(tf.sin(x), tf.reshape(tf.div(time, 1000), [-1, 1, 1, 1])),
};

async function draw(): Promise<readonly number[]> {
  const options = { steps: 5, count: 3, imageShape: [3, 3, 2], batchSize: 2, rng: createRng(1) } as const;
  const { steps: _, ...adaptive } = options;
  return [
    ...(await eulerSample(model, {}, options)).data,
    ...(await heunSample(model, {}, options)).data,
    ...(await midpointSample(model, {}, options)).data,
    ...(await dormandPrinceSample(model, {}, { ...adaptive, relativeTolerance: 1e-4 })).data,
  ];
}

describe.each(await availableBackends(selectBackend))('on %s', (backend) => {
  beforeAll(async () => {
    await selectBackend({ backend });
  });

  describeObjective('rectified flow', () => ({
    objective: flowMatchingObjective(),
    noisy: (x0, noise, time) => (1 - time / 1000) * x0 + (time / 1000) * noise,
    target: (x0, noise) => noise - x0,
  }));

  it('samplers draw the images that they draw on cpu, and keep no tensor', async () => {
    await expectSamplesAsOnCpu(draw, { backend, select: selectBackend });
  });
});
