import '@tensorflow/tfjs';
import { readFileSync } from 'node:fs';
import { consistencySample } from '@immiscible/consistency';
import {
  type ConsistencyScheduler,
  diffusersOptions,
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
  read: (config) => fromDiffusersConfig(config) as ConsistencyScheduler,
  write: toDiffusersConfig,
  sample: (scheduler, steps, run) =>
    consistencySample(closedFormModel, {}, { ...diffusersOptions(scheduler, steps), ...run }),
});
