import { UsageError } from '@immiscible/command-line';
import { expect, test } from 'vitest';
import { configs } from '../configs/index.js';
import type { ExperimentConfig } from './experiment.js';
import { withSampler } from './with-sampler.js';

const ddim = configs['fashion-ddim'] as ExperimentConfig;
const flow = configs['fashion-flow'] as ExperimentConfig;

test.each([
  [ddim, 'dpm-solver-3m', { kind: 'dpm-solver-3m', spacing: 'trailing' }],
  [ddim, 'ddim,eta=0.5,spacing=leading', { kind: 'ddim', spacing: 'leading', eta: 0.5 }],
  [flow, 'heun, churn=1e1', { kind: 'heun', churn: 10 }],
  [flow, 'dpm-solver,eulerAtFinal=true', { kind: 'dpm-solver', eulerAtFinal: true }],
])('%#: a name and options, and of the config what is no solver’s', (config, text, sampler) => {
  const changed = withSampler(config, text);
  expect(changed).toEqual({ ...config, method: { ...config.method, sampler } });
});

test.each([
  [flow, 'hern', '--sampler hern: sampler.kind must be one of euler, midpoint,'],
  [flow, 'hern', 'got "hern"; did you mean heun?'],
  [flow, 'heun,churn=-1', '--sampler heun,churn=-1: sampler.churn must be at least 0, got -1'],
  [flow, 'heun,churn=', 'sampler.churn must be of type number, got ""'],
  [flow, 'heun,spacing=trailing', 'unknown key sampler.spacing'],
  [flow, 'heun,10', '--sampler must be NAME or NAME,KEY=VALUE,…, got 10 after a comma'],
  [ddim, 'toString', 'got "toString"'],
])('%#: %s', (config, text, message) => {
  expect(() => withSampler(config, text)).toThrow(UsageError);
  expect(() => withSampler(config, text)).toThrow(message);
});
