import '@tensorflow/tfjs';
import { readFileSync } from 'node:fs';
import { edmSample } from '@immiscible/edm';
import {
  diffusersOptions,
  type EdmScheduler,
  fromDiffusersConfig,
  toDiffusersConfig,
} from '@immiscible/schedulers';
import { closedFormModel, describeDiffusersSamples } from '@immiscible/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll } from 'vitest';

beforeAll(() => tf.setBackend('cpu'));

describeDiffusersSamples({
  // By schedulers/test/fixtures/diffusers-samples.py
  samples: JSON.parse(readFileSync(new URL('fixtures/diffusers-samples.json', import.meta.url), 'utf8')),
  read: (config) => fromDiffusersConfig(config) as EdmScheduler,
  write: toDiffusersConfig,
  sample: (scheduler, steps, run) =>
    edmSample(closedFormModel, {}, { ...diffusersOptions(scheduler, steps), ...run }),
  // Samples begin at σ_max = 80 and more, where float32 is rounded to 8e-6.
  tolerance: () => 2e-5,
  // diffusers returns the noise as it is.
  refuses: ({ final_sigmas_type: end }, steps) => steps === 1 && end === 'sigma_min',
});
