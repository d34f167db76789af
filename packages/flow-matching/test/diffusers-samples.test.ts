import '@tensorflow/tfjs';
import { readFileSync } from 'node:fs';
import { eulerSample } from '@immiscible/flow-matching';
import {
  diffusersOptions,
  type FlowScheduler,
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
  read: (config) => fromDiffusersConfig(config) as FlowScheduler,
  write: toDiffusersConfig,
  sample: (scheduler, steps, run) =>
    eulerSample(closedFormModel, {}, { ...diffusersOptions(scheduler, steps), ...run }),
});
