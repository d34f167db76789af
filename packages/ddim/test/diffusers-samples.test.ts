import '@tensorflow/tfjs';
import { readFileSync } from 'node:fs';
import { ddimSample, ddpmSample, diffusionHeunSample, dpmSolverSample } from '@immiscible/ddim';
import {
  diffusersOptions,
  diffusersSteps,
  type DiscreteScheduler,
  fromDiffusersConfig,
  toDiffusersConfig,
} from '@immiscible/schedulers';
import {
  closedFormModel,
  type ClosedFormRun,
  closedFormRun,
  describeDiffusersSamples,
} from '@immiscible/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';

beforeAll(() => tf.setBackend('cpu'));

const samplers = {
  ddim: ddimSample,
  ddpm: ddpmSample,
  dpmSolver: dpmSolverSample,
  heun: diffusionHeunSample,
};
const sample = async (scheduler: DiscreteScheduler, steps: number, run: ClosedFormRun) =>
  samplers[scheduler.method](closedFormModel, {}, { ...diffusersOptions(scheduler, steps), ...run });

describeDiffusersSamples({
  // By schedulers/test/fixtures/diffusers-samples.py
  samples: JSON.parse(
    readFileSync(new URL('fixtures/diffusers-samples.json', import.meta.url), 'utf8'),
    (_, value: unknown) => (value === '-Infinity' ? -Infinity : value),
  ),
  read: (config) => fromDiffusersConfig(config) as DiscreteScheduler,
  write: toDiffusersConfig,
  sample,
  // In float32 an ε of the noisiest timestep is off by 6e-8, the estimate of the image by 157 times that.
  tolerance: ({ method, prediction }) => (method === 'heun' && prediction === 'epsilon' ? 2e-5 : 1e-5),
  // `fixed_small_log` is the same variance, and the trained betas are linear.
  rewords: (key, config) =>
    key === 'variance_type' || (config['trained_betas'] != null && key.startsWith('beta')),
});

it('is sampled by its own timesteps, as diffusersSteps gives them, just as well', async () => {
  const scheduler = fromDiffusersConfig({
    _class_name: 'DDIMScheduler',
    steps_offset: 1,
  }) as DiscreteScheduler;
  const { method: _method, spacing: _spacing, offset: _offset, ...options } = scheduler;
  const timesteps = diffusersSteps(scheduler, 5);
  const images = await ddimSample(closedFormModel, {}, { ...options, timesteps, ...closedFormRun() });
  expect(images.data).toEqual((await sample(scheduler, 5, closedFormRun())).data);
});
