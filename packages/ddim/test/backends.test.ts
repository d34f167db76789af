import '@tensorflow/tfjs';
import { selectBackend } from '@immiscible/backend';
import { createRng } from '@immiscible/core';
import {
  ddimInvert,
  ddimObjective,
  ddimSample,
  ddpmSample,
  diffusionHeunSample,
  dpmSolverSample,
} from '@immiscible/ddim';
import { linearSchedule, scalesAt } from '@immiscible/schedulers';
import { availableBackends, describeObjective, expectSamplesAsOnCpu } from '@immiscible/testing';
import { beforeAll, describe, it } from 'vitest';
import { gaussianModel } from './gaussian.js';

const schedule = linearSchedule();
const scales = (t: number) => scalesAt(schedule, t);

/** Draws with every operation that a sampler has: clipping, noise, both updates. */
async function draw(): Promise<readonly number[]> {
  const model = gaussianModel({ mean: 0.2, sd: 0.6 }, schedule, 'vPrediction');
  const options = { schedule, prediction: 'vPrediction', steps: 6, batchSize: 2 } as const;
  const shared = { ...options, count: 3, imageShape: [3, 3, 2] as const, rng: createRng(1) };
  return [
    ...(await ddimSample(model, {}, { ...shared, eta: 0.5 })).data,
    ...(await ddpmSample(model, {}, { ...shared, clip: false, variance: 'fixedLarge' })).data,
    ...(await dpmSolverSample(model, {}, { ...shared, threshold: { quantile: 0.7 } })).data,
    ...(await diffusionHeunSample(model, {}, shared)).data,
    ...(
      await ddimInvert(
        model,
        {},
        {
          ...options,
          images: await ddimSample(model, {}, shared),
          refinements: 1,
        },
      )
    ).data,
  ];
}

describe.each(await availableBackends(selectBackend))('on %s', (backend) => {
  beforeAll(async () => {
    await selectBackend({ backend });
  });

  describeObjective('vPrediction', () => ({
    objective: ddimObjective({ schedule, prediction: 'vPrediction' }),
    noisy: (x0, noise, t) => scales(t).signalScale * x0 + scales(t).noiseScale * noise,
    target: (x0, noise, t) => scales(t).signalScale * noise - scales(t).noiseScale * x0,
  }));

  it('samplers draw the images that they draw on cpu, and keep no tensor', async () => {
    await expectSamplesAsOnCpu(draw, { backend, select: selectBackend });
  });
});
