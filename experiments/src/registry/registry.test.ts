import { createRng } from '@immiscible/core';
import ndarray from 'ndarray';
import { describe, expect, test } from 'vitest';
import { coupledObjective, createCoupling, type CouplingConfig } from './couplings.js';
import { createMethod, type MethodConfig } from './methods.js';
import { createModel } from './models.js';
import { solverNames, solvers } from './solvers.js';

describe('solvers', () => {
  test.each(solverNames)('%s finds the optimum of a textbook matrix', (name) => {
    const { totalCost, rowToCol } = solvers[name](
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
    ...solverNames.map((solver) => ({ kind: 'linearAssignment', solver, cost: 'l2' }) as const),
    { kind: 'linearAssignment', cost: 'quantized', pool: 12 },
    { kind: 'flippedAssignment', cost: 'squaredL2' },
    { kind: 'nearestNoise', candidates: 3 },
  ];

  test.each(configs)('%j makes a transform of noise, and of noise only', async (config) => {
    const rng = createRng(0);
    const image = () => ndarray(rng.fillNormal(new Float32Array(12 * 4)), [12, 2, 2, 1]);
    const batch = { x0: image(), noise: image() };
    const transform = createCoupling(config);
    const result = await transform(batch, rng.split('transform'));
    expect(result.x0).toBe(batch.x0);
    expect(result.noise.shape).toEqual(batch.noise.shape);
    expect(transform.pool).toBe('pool' in config ? config.pool : undefined);
  });
});

describe('methods', () => {
  const configs: [MethodConfig, string][] = [
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
    [{ kind: 'consistency', training: { kind: 'improved', last: 80 } }, 'multistep consistency'],
    [{ kind: 'consistency', training: { kind: 'easy' }, sigmaData: 0.6 }, 'multistep consistency'],
  ];

  test.each(configs)('%j couples noise from a ratio of noise to signal on, and not below', (config) => {
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

  test.each(configs)('%j is told as %s', (config, name) => {
    expect(createMethod(config, 100).sampler).toBe(name);
  });
});

test('a network that lacks a field is refused by its name', () => {
  expect(() => createModel({ kind: 'unet', channels: 32 })).toThrow('imageChannels must be given');
});
