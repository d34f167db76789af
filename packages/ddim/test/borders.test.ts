import '@tensorflow/tfjs';
import { createRng } from '@immiscible/core';
import {
  ddimInvert,
  ddimObjective,
  ddimSample,
  ddpmSample,
  diffusionDenoiser,
  diffusionHeunSample,
  diffusionView,
  dpmSolverSample,
  interpolateNoise,
} from '@immiscible/ddim';
import { linearSchedule } from '@immiscible/schedulers';
import { closedFormModel as model, describeBorder, gaussianBatch } from '@immiscible/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll } from 'vitest';

const shape = [3, 4, 4, 1] as const;
const schedule = linearSchedule();
const trained = { schedule, prediction: 'vPrediction' } as const;
const inverted = { ...trained, steps: 3 };
const sampling = { ...inverted, count: 3, imageShape: [4, 4, 1], batchSize: 2, rng: createRng(0) } as const;
const batch = () => gaussianBatch(createRng(1), { count: 3, shape: [4, 4, 1] });

beforeAll(() => tf.setBackend('cpu'));

describeBorder({
  shape,
  hostArrays: {
    ddimSample: (initial) => ddimSample(model, {}, { ...sampling, initial }),
    ddpmSample: (initial) => ddpmSample(model, {}, { ...sampling, initial }),
    dpmSolverSample: (initial) => dpmSolverSample(model, {}, { ...sampling, initial }),
    diffusionHeunSample: (initial) => diffusionHeunSample(model, {}, { ...sampling, initial }),
    ddimInvert: (images) => ddimInvert(model, {}, { ...inverted, images }),
    interpolateNoise: (x) => interpolateNoise(x.pick(0), x.pick(1), [0, 0.4]),
    ddimObjective: (x) => ddimObjective(trained).prepare({ x0: x, noise: x }, createRng(0), 0),
  },
  options: {
    ddimSample: (extra) => ddimSample(model, {}, { ...sampling, ...extra }),
    ddpmSample: (extra) => ddpmSample(model, {}, { ...sampling, ...extra }),
    dpmSolverSample: (extra) => dpmSolverSample(model, {}, { ...sampling, ...extra }),
    diffusionHeunSample: (extra) => diffusionHeunSample(model, {}, { ...sampling, ...extra }),
    ddimInvert: (extra) => ddimInvert(model, {}, { ...inverted, images: batch().x0, ...extra }),
    ddimObjective: (extra) => ddimObjective({ ...trained, ...extra }),
    diffusionDenoiser: (extra) => diffusionDenoiser(model, { ...trained, ...extra }),
    diffusionView: (extra) => diffusionView({ ...trained, ...extra }),
  },
  streams: {
    ddimObjective: (rng) => ddimObjective(trained).prepare(batch(), rng, 0),
  },
  refusals: [
    {
      name: 'the name that other libraries have for the number of steps',
      call: () => ddimSample(model, {}, { ...sampling, numSteps: 5 } as never),
      message: 'ddimSample: options has no key "numSteps"; did you mean "steps"?',
    },
    {
      name: 'a stream where nothing is drawn',
      call: () => ddimInvert(model, {}, { ...inverted, images: batch().x0, rng: createRng(0) } as never),
      message: 'ddimInvert: options has no key "rng"',
    },
    {
      name: 'a prediction that does not exist',
      call: () => ddimObjective({ schedule, prediction: 'v' } as never),
      message: 'ddimObjective: prediction must be "epsilon", "x0" or "vPrediction", got "v"',
    },
    {
      name: 'training without a schedule',
      call: () => ddimObjective({ prediction: 'x0' } as never),
      message: 'schedule must be a NoiseSchedule, got undefined',
    },
    {
      name: 'sampling without a schedule',
      call: () => ddimSample(model, {}, { ...sampling, schedule: undefined } as never),
      message: 'schedule must be a NoiseSchedule, got undefined',
    },
  ],
});
