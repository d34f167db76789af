import { createRng } from '@immiscible/core';
import type { Model } from '@immiscible/core/tensors';
import { edmDenoiser } from '@immiscible/edm';
import { selectBackend } from '@immiscible/backend';
import * as tf from '@tensorflow/tfjs-core';
import ndarray from 'ndarray';
import { beforeAll, describe, expect, test } from 'vitest';
import { coupledObjective, createCoupling, type CouplingConfig } from './couplings.js';
import type { ConsistencyConfig } from './method-consistency.js';
import { createMethod, type MethodConfig } from './methods.js';
import { createModel } from './models.js';
import { assignmentSolverNames, assignmentSolvers } from './assignment-solvers.js';

describe('assignment solvers', () => {
  test.each(assignmentSolverNames)('%s finds the optimum of a textbook matrix', (name) => {
    const { totalCost, rowToCol } = assignmentSolvers[name](
      ndarray(Float64Array.of(4, 1, 3, 2, 0, 5, 3, 2, 2), [3, 3]),
    );
    // SciPy's example of linear_sum_assignment: columns 1, 0, 2 at a cost of 5.
    expect(totalCost).toBe(5);
    expect([...rowToCol]).toEqual([1, 0, 2]);
  });
});

describe('couplings', () => {
  const configs: CouplingConfig[] = [
    { kind: 'independent' },
    ...assignmentSolverNames.map((solver) => ({ kind: 'linearAssignment', solver, cost: 'l2' }) as const),
    { kind: 'linearAssignment', cost: 'quantized', pool: 12 },
    { kind: 'flippedAssignment', cost: 'squaredL2' },
    { kind: 'nearestNoise', candidates: 3 },
    { kind: 'linearAssignment', withinClasses: true, pool: 12 },
    { kind: 'sinkhorn', epsilon: 0.3, pool: 12 },
    { kind: 'rollingAssignment', size: 6, arrivals: 4, pool: 12, cost: 'squaredL2' },
  ];

  test.each(configs)('%j makes a transform of noise, and of noise only', async (config) => {
    const rng = createRng(0);
    const image = () => ndarray(rng.fillNormal(new Float32Array(12 * 4)), [12, 2, 2, 1]);
    const labels = Int32Array.from({ length: 12 }, (_, i) => i % 2);
    const batch = { x0: image(), noise: image(), labels };
    const transform = createCoupling(config);
    const result = await transform(batch, rng.split('transform'));
    expect(result.x0).toBe(batch.x0);
    expect(result.noise.shape).toEqual(batch.noise.shape);
    expect(transform.pool).toBe('pool' in config ? config.pool : undefined);
  });
});

const named: [MethodConfig, string][] = [
  [
    {
      kind: 'ddim',
      schedule: { kind: 'linear' },
      prediction: 'vPrediction',
      sampler: { kind: 'ddim', spacing: 'trailing', eta: 0 },
    },
    'DDIM, spacing trailing, eta 0',
  ],
  [
    {
      kind: 'ddim',
      schedule: { kind: 'cosine', timesteps: 100 },
      prediction: 'epsilon',
      sampler: { kind: 'ddpm' },
    },
    'DDPM',
  ],
  [{ kind: 'flow-matching', sampler: { kind: 'euler' } }, 'Euler'],
  [{ kind: 'flow-matching', sampler: { kind: 'heun' } }, 'Heun'],
  [{ kind: 'flow-matching', sampler: { kind: 'midpoint' }, times: 'stratified' }, 'midpoint'],
  [
    {
      kind: 'ddim',
      schedule: { kind: 'linear' },
      prediction: 'x0',
      sampler: { kind: 'dpm-solver', spacing: 'linspace' },
    },
    'DPM-Solver++(2M), spacing linspace',
  ],
  [
    { kind: 'ddim', schedule: { kind: 'linear' }, prediction: 'vPrediction', sampler: { kind: 'heun' } },
    'Heun',
  ],
  [{ kind: 'edm', sampler: { kind: 'heun', churn: 10 } }, "Heun on Karras' levels, churn 10"],
  [{ kind: 'edm', sigmaData: 0.6, sampler: { kind: 'euler' } }, "Euler on Karras' levels"],
  [{ kind: 'consistency', training: { kind: 'improved', last: 80 } }, 'multistep consistency'],
  [{ kind: 'consistency', training: { kind: 'easy' }, sigmaData: 0.6 }, 'multistep consistency'],
  [{ kind: 'consistency', training: { kind: 'original', first: 8, last: 9 } }, 'multistep consistency'],
  [
    { kind: 'consistency', training: { kind: 'distillation', teacher: 'runs/x', levels: 9 } },
    'multistep consistency',
  ],
  [
    {
      kind: 'ddim',
      schedule: { kind: 'scaledLinear' },
      prediction: 'epsilon',
      sampler: { kind: 'ddim', eta: 0 },
    },
    'DDIM, eta 0',
  ],
];
const METHODS = named.map(([config]) => config);

describe('methods', () => {
  test.each(METHODS)('%j couples noise from a ratio of noise to signal on, and not below', (config) => {
    const rng = createRng(0);
    const image = () => ndarray(rng.fillNormal(new Float32Array(512 * 4)), [512, 2, 2, 1]);
    const batch = { x0: image(), noise: image() };
    const method = createMethod(config, 100);
    const coupling = { kind: 'nearestNoise', candidates: 2, above: 1 } as const;
    const inputs = coupledObjective(coupling, method).prepare(batch, createRng(1), 0);
    const noise = (inputs.noise as typeof batch.noise).data;
    const ratios = Array.from({ length: 512 }, (_, i) => method.noiseRatio(inputs, i));
    ratios.forEach((ratio, i) => {
      const kept = noise.subarray(4 * i, 4 * i + 4).every((n, d) => n === batch.noise.data[4 * i + d]);
      expect(kept).toBe(ratio >= 1);
    });
    expect(Math.min(...ratios)).toBeLessThan(1);
    expect(Math.max(...ratios)).toBeGreaterThan(1);
    const everywhere = { kind: 'nearestNoise', candidates: 2 } as const;
    expect(coupledObjective(everywhere, method)).toBe(method.objective);
  });

  test.each(named)('%j is called %s', (config, name) => {
    expect(createMethod(config, 100).sampler).toBe(name);
  });
});

beforeAll(async () => void (await selectBackend({ backend: 'cpu' })));

test.each(METHODS)('%j trains a step and samples', async (config) => {
  const model: Model = {
    init: () => ({ scale: tf.scalar(0.5) }),
    apply: ({ scale }, x) => tf.mul(x, scale as tf.Tensor) as tf.Tensor4D,
  };
  const taught = model.init(createRng(0));
  const method = createMethod(config, 10, { denoiser: edmDenoiser(model), params: taught });
  const rng = createRng(3);
  const image = () => ndarray(rng.fillNormal(new Float32Array(6 * 8)), [6, 2, 2, 2]);
  const inputs = method.objective.prepare({ x0: image(), noise: image() }, createRng(1), 0);
  const params = model.init(createRng(0));
  const tensors = Object.fromEntries(
    Object.entries(inputs).map(([name, { data, shape }]) => [
      name,
      tf.tensor(data, shape, data instanceof Int32Array ? 'int32' : 'float32'),
    ]),
  );
  const loss = method.objective.loss(model, params, tensors, taught);
  expect(Number.isFinite((await loss.data())[0])).toBe(true);
  const samples = await method.sample(model, params, {
    steps: 3,
    count: 4,
    imageShape: [2, 2, 2],
    rng: createRng(2),
  });
  expect(samples.shape).toEqual([4, 2, 2, 2]);
  expect(samples.data.every(Number.isFinite)).toBe(true);
  tf.dispose([loss, tensors, params, taught]);
});

test('CT’s teacher decays as its formula says, distillation’s by 0.95', () => {
  // Song et al. 2023, appendix C: at first N = 2 levels and a decay of μ0^(s0/(N − 1)); at the end s1 intervals, μ0^(s0/s1).
  const rate = (config: ConsistencyConfig, step: number): number | undefined =>
    createMethod(config, 1000).teacher?.scalars(step)['rate'];
  const original = { kind: 'consistency', training: { kind: 'original' } } as const;
  expect(rate(original, 0)).toBeCloseTo(1 - 0.9 ** 2, 12);
  expect(rate(original, 1000)).toBeCloseTo(1 - 0.9 ** (2 / 150), 12);
  const other = {
    kind: 'consistency',
    training: { kind: 'original', first: 4, last: 40, teacherDecay: 0.5 },
  } as const;
  expect(rate(other, 1000)).toBeCloseTo(1 - 0.5 ** (4 / 40), 12);
  const distilled = { kind: 'consistency', training: { kind: 'distillation', teacher: 'runs/x' } } as const;
  expect(rate(distilled, 0)).toBeCloseTo(0.05, 12);
  expect(createMethod({ kind: 'consistency', training: { kind: 'improved' } }, 10).teacher).toBeUndefined();
});

test('latent values beyond [−1, 1] survive sampling with clip: false, and only so', async () => {
  const large: Model = { init: () => ({}), apply: (_, x) => tf.mul(x, 0) as tf.Tensor4D };
  const options = { steps: 2, count: 8, imageShape: [2, 2, 1], rng: createRng(4) } as const;
  for (const [config] of named.filter(([{ kind }]) => kind === 'ddim')) {
    // ε or v of 0 everywhere: x0 is estimated as the sample over √ᾱ, or times it, of a normal draw in any case.
    const { sample } = createMethod(config, 10);
    const most = async (extra: object): Promise<number> =>
      Math.max(...(await sample(large, {}, { ...options, ...extra })).data.map(Math.abs));
    expect(await most({})).toBeLessThanOrEqual(1);
    if (config.kind === 'ddim' && config.prediction === 'epsilon') {
      expect(await most({ clip: false })).toBeGreaterThan(1);
    }
  }
});

test('a network that lacks a field is refused by its name', () => {
  expect(() => createModel({ kind: 'unet', channels: 32 })).toThrow('imageChannels must be given');
});
