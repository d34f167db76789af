import '@tensorflow/tfjs';
import { createRng } from '@immiscible/core';
import { denoiserSample, edmDenoiser, edmObjective, edmSample, edmScales, edmView } from '@immiscible/edm';
import { closedFormModel as model, describeBorder, gaussianBatch } from '@immiscible/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll } from 'vitest';

const shape = [3, 4, 4, 1] as const;
const sampling = { count: 3, imageShape: [4, 4, 1], batchSize: 2, steps: 3, rng: createRng(0) } as const;

beforeAll(() => tf.setBackend('cpu'));

describeBorder({
  shape,
  hostArrays: {
    edmSample: (initial) => edmSample(model, {}, { ...sampling, initial }),
    denoiserSample: (initial) => denoiserSample(model, {}, { ...sampling, initial }),
    edmObjective: (x) => edmObjective().prepare({ x0: x, noise: x }, createRng(0), 0),
  },
  options: {
    edmSample: (extra) => edmSample(model, {}, { ...sampling, ...extra }),
    denoiserSample: (extra) => denoiserSample(model, {}, { ...sampling, ...extra }),
    edmObjective: (extra) => edmObjective(extra),
    edmScales: (extra) => edmScales(1, extra),
    edmDenoiser: (extra) => edmDenoiser(model, extra),
    edmView: (extra) => edmView(extra),
  },
  streams: {
    edmObjective: (rng) =>
      edmObjective().prepare(gaussianBatch(createRng(1), { count: 3, shape: [4, 4, 1] }), rng, 0),
  },
  refusals: [
    {
      name: 'sigmaData of a denoiser that has its own',
      call: () => denoiserSample(model, {}, { ...sampling, sigmaData: 1 } as never),
      message: 'denoiserSample: options has no key "sigmaData"',
    },
    {
      name: 'a function in place of a model',
      call: () => edmDenoiser((() => 0) as never),
      message: 'edmDenoiser: model must be a Model',
    },
  ],
});
