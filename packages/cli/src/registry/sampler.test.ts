import { readdirSync, readFileSync } from 'node:fs';
import { selectBackend } from '@immiscible/backend';
import { consistencySample, karrasSigmas } from '@immiscible/consistency';
import { createRng } from '@immiscible/core';
import type { Model } from '@immiscible/core/tensors';
import { dpmSolverSample } from '@immiscible/ddim';
import { edmSample, edmView } from '@immiscible/edm';
import { flowView, heunSample } from '@immiscible/flow-matching';
import * as sampling from '@immiscible/sampling';
import { linearSchedule } from '@immiscible/schedulers';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { parseConfig } from '../config/load.js';
import { configs } from '../configs/index.js';
import { createMethod, methodSchema } from './methods.js';
import { samplingSolvers } from './sampling-solvers.js';

beforeAll(async () => void (await selectBackend({ backend: 'cpu' })));

/** The words in the README's table of samplers, with what it says of each. */
const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const section = readme.slice(readme.indexOf('## Samplers'));
const words = [...section.slice(0, section.indexOf('\n## ', 1)).matchAll(/^\| (`[^|]+) \|/gm)].flatMap(
  ([, cell = '']) => [...cell.matchAll(/`([a-z0-9-]+)`/g)].map(([, word = '']) => word),
);

const methods = {
  ddim: { kind: 'ddim', schedule: { kind: 'linear', timesteps: 100 }, prediction: 'vPrediction' },
  'flow-matching': { kind: 'flow-matching' },
  edm: { kind: 'edm' },
  consistency: { kind: 'consistency', training: { kind: 'improved' } },
} as const;
type Kind = keyof typeof methods;

/** Through all that a config file goes through. */
function methodOf(kind: Kind, sampler: object | undefined) {
  const method = { ...methods[kind], ...(sampler && { sampler }) };
  const evaluation = { ...configs['smoke']?.evaluation, samplingSteps: [2] };
  return createMethod(parseConfig({ ...configs['smoke'], method, evaluation }, 'x').method, 100);
}

const options = { count: 3, imageShape: [4, 4, 1] as const, rng: createRng(5) };
const draw = async (kind: Kind, sampler: object | undefined, model: Model, steps: number) => [
  ...(await methodOf(kind, sampler).sample(model, {}, { ...options, steps })).data,
];

test('the README lists every solver, and every solver of @immiscible/sampling has a word', () => {
  expect([...words].sort()).toEqual([...Object.keys(samplingSolvers), 'ddpm'].sort());
  // What makes a solver, by its declaration, and what is a tableau must be of use to some word.
  const source = readFileSync(new URL('./sampling-solvers.ts', import.meta.url), 'utf8');
  const folder = new URL('../../../sampling/src/', import.meta.url);
  const declared = readdirSync(folder).flatMap((file) => [
    ...readFileSync(new URL(file, folder), 'utf8').matchAll(
      /^export function (\w+)\([^)]*\): (?:Grid|OneStep|Adaptive)Solver /gm,
    ),
  ]);
  const makers = [
    ...declared.map(([, name = '']) => name).filter((name) => name in sampling),
    ...Object.entries(sampling).flatMap(([name, value]) =>
      typeof value === 'object' && 'nodes' in value ? [name] : [],
    ),
  ];
  expect(makers).toEqual(expect.arrayContaining(['dpmSolver', 'dormandPrince', 'churned', 'RALSTON']));
  // ddim() is ancestral({ eta: 0 }).
  expect(makers.filter((name) => name !== 'ddim' && !source.includes(name))).toEqual([]);
});

/** Some network that looks at time. */
const model: Model = {
  init: () => ({}),
  apply: (_, x, time) =>
    tf.mul(tf.tanh(x), tf.reshape(tf.cos(tf.div(time, 300)), [-1, 1, 1, 1])) as tf.Tensor4D,
};

describe.each(Object.keys(methods) as Kind[])('%s', (kind) => {
  test.each(Object.keys(samplingSolvers))('draws by %s', async (word) => {
    const before = tf.memory().numTensors;
    const steps = word === 'dormand-prince' ? 300 : 3;
    const samples = await methodOf(kind, { kind: word }).sample(model, {}, { ...options, steps });
    expect(samples.shape).toEqual([3, 4, 4, 1]);
    expect(samples.data.every(Number.isFinite)).toBe(true);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('what is drawn is what the library draws', () => {
  const schedule = linearSchedule({ timesteps: 100 });
  const shared = { ...options, steps: 4 };
  const { sample, rungeKutta, CLASSIC_4, dpmSolver, churned, HEUN, singleStepDpm } = sampling;
  test.each<[Kind, object | undefined, () => Promise<{ data: Float32Array }>]>([
    ['flow-matching', { kind: 'heun' }, () => heunSample(model, {}, shared)],
    [
      'flow-matching',
      { kind: 'rk4' },
      () => sample(model, {}, { ...shared, view: flowView(), solver: rungeKutta(CLASSIC_4) }),
    ],
    [
      'flow-matching',
      { kind: 'heun', churn: 2, churnRange: [0.1, 5], churnNoise: 1.01 },
      () =>
        sample(
          model,
          {},
          {
            ...shared,
            view: flowView(),
            solver: churned(rungeKutta(HEUN), { churn: 2, range: [0.1, 5], noise: 1.01 }),
          },
        ),
    ],
    [
      'ddim',
      { kind: 'dpm-solver', spacing: 'linspace' },
      () =>
        dpmSolverSample(model, {}, { ...shared, schedule, prediction: 'vPrediction', spacing: 'linspace' }),
    ],
    ['edm', { kind: 'heun', churn: 10 }, () => edmSample(model, {}, { ...shared, churn: 10 })],
    ['edm', { kind: 'euler' }, () => edmSample(model, {}, { ...shared, order: 1 })],
    [
      'edm',
      { kind: 'dpm-solver-3m-sde' },
      () => sample(model, {}, { ...shared, view: edmView(), solver: dpmSolver({ order: 3, eta: 1 }) }),
    ],
    [
      'edm',
      { kind: 'dpm-solver-2s' },
      () => sample(model, {}, { ...shared, view: edmView(), solver: singleStepDpm() }),
    ],
    ...[undefined, { kind: 'renoised' }].map(
      (sampler): [Kind, object | undefined, () => Promise<{ data: Float32Array }>] => [
        'consistency',
        sampler,
        () =>
          consistencySample(model, {}, { ...options, sigmas: [...karrasSigmas(5)].reverse().slice(0, -1) }),
      ],
    ),
  ])('%s by %j', async (kind, sampler, library) => {
    expect(await draw(kind, sampler, model, 4)).toEqual([...(await library()).data]);
  });
});

test.each([
  ['euler', 1],
  ['midpoint', 2],
  ['heun', 2],
  ['ralston', 2],
  ['rk4', 4],
])('%s of a flow is of order %i', async (word, order) => {
  // dx/dt = x, so that x(0) = x(1)/e.
  const growth: Model = { init: () => ({}), apply: (_, x) => tf.clone(x) };
  const errorOf = async (steps: number) => {
    const [start, exact] = await Promise.all([
      draw('flow-matching', { kind: 'euler' }, { ...growth, apply: (_, x) => tf.zerosLike(x) }, 1),
      Promise.resolve(Math.exp(-1)),
    ]);
    const end = await draw('flow-matching', { kind: word }, growth, steps);
    return Math.max(...end.map((value, i) => Math.abs(value - exact * (start[i] as number))));
  };
  const [coarse, fine] = [await errorOf(2), await errorOf(4)];
  expect(Math.abs(Math.log2(coarse / fine) - order)).toBeLessThan(0.35);
});

test('options that a solver has not are refused by their names, and so are words of other methods', () => {
  const parse = (method: object) => () => parseConfig({ ...configs['smoke'], method }, 'x');
  expect(parse({ ...methods['flow-matching'], sampler: { kind: 'rk4', churm: 1 } })).toThrow(
    'unknown key method.sampler.churm; did you mean churn?',
  );
  expect(parse({ ...methods['flow-matching'], sampler: { kind: 'rk3' } })).toThrow(
    /method\.sampler\.kind must be one of euler, .*, got "rk3"; did you mean rk4\?/,
  );
  expect(parse({ ...methods['flow-matching'], sampler: { kind: 'ddpm' } })).toThrow('got "ddpm"');
  expect(parse({ ...methods['flow-matching'], sampler: { kind: 'heun', spacing: 'trailing' } })).toThrow(
    'unknown key method.sampler.spacing',
  );
});

test('a title has what was chosen', () => {
  const titles = [
    methodOf('edm', { kind: 'dpm-solver-3m' }),
    methodOf('ddim', { kind: 'rk4', spacing: 'trailing', churn: 3 }),
    methodOf('flow-matching', { kind: 'dormand-prince', relativeTolerance: 0.001 }),
  ].map(({ sampler, adaptive }) => [sampler, adaptive]);
  expect(titles).toEqual([
    ['DPM-Solver++(3M)', false],
    ['Runge-Kutta of order 4, spacing trailing, churn 3', false],
    ['adaptive Dormand-Prince, relativeTolerance 0.001', true],
  ]);
  expect(z.toJSONSchema(methodSchema, { unrepresentable: 'any' })).toHaveProperty('oneOf');
});
