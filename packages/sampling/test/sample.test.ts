import '@tensorflow/tfjs';
import { createRng } from '@immiscible/core';
import type { Model } from '@immiscible/core/tensors';
import {
  churned,
  ddim,
  denoiserView,
  dormandPrince,
  dpmSolver,
  EULER,
  HEUN,
  renoised,
  rungeKutta,
  sample,
  straightPath,
  varianceExploding,
  variancePreserving,
} from '@immiscible/sampling';
import { exactNetwork } from '@immiscible/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { FRAME_CASES } from './views.js';

beforeAll(() => tf.setBackend('cpu'));

const model: Model = { init: () => ({}), apply: (_, x) => tf.tanh(x) };
const shared = {
  view: denoiserView(),
  count: 5,
  imageShape: [2, 2, 1],
  rng: createRng(3),
  batchSize: 2,
} as const;
const values = async (options: object): Promise<number[]> => [
  ...(await sample(model, {}, { ...shared, ...options } as never)).data,
];

describe.each([varianceExploding, variancePreserving, straightPath])('a frame', (frame) => {
  it('has the derivative of what is solved for, and a value for each ratio', () => {
    for (const u of [0.2, 0.5, 0.9]) {
      const [low, at, high] = [frame.at(u - 1e-6), frame.at(u), frame.at(u + 1e-6)];
      const slope = (of: 'signalScale' | 'noiseScale') =>
        (high[of] / high.scale - low[of] / low.scale) / 2e-6;
      expect(slope('signalScale')).toBeCloseTo(at.slope.x0, 6);
      expect(slope('noiseScale')).toBeCloseTo(at.slope.noise, 6);
      expect(frame.ofRatio(at.noiseScale / at.signalScale)).toBeCloseTo(u, 12);
    }
    expect(frame.at(frame.ofRatio(0)).noiseScale).toBe(0);
  });
});

describe('sample', () => {
  const solvers = [rungeKutta(HEUN), ddim(), dpmSolver({ order: 3, eta: 0.5 }), renoised()];
  it('gives image i the same bytes in any batch, by every kind of solver, and keeps no tensor', async () => {
    const before = tf.memory().numTensors;
    for (const solver of [...solvers, churned(rungeKutta(EULER), { churn: 3 })]) {
      const all = await values({ solver, steps: 4 });
      expect(await values({ solver, steps: 4, batchSize: 5 })).toEqual(all);
      expect(await values({ solver, steps: 4, count: 2 })).toEqual(all.slice(0, 8));
    }
    const all = await values({ solver: dormandPrince() });
    expect(await values({ solver: dormandPrince(), batchSize: 1 })).toEqual(all);
    await expect(values({ solver: dormandPrince({ maxSteps: 3 }) })).rejects.toThrow('at most maxSteps (3)');
    expect(tf.memory().numTensors).toBe(before);
  });

  it('does with EDM’s churn as Karras et al. 2022 write it, in any frame', async () => {
    // Data that are all 0: after the step from σ̂ = σ·√2 to σ′ a sample of σ is σ′/σ̂·(x + √(σ̂² − σ²)·z).
    const zero: Model = { init: () => ({}), apply: (_, x) => tf.zerosLike(x) };
    const solver = churned(rungeKutta(EULER), { churn: 10 });
    const { data } = await sample(zero, {}, { ...shared, solver, grid: [2, 1] });
    const stream = createRng(3).split(0);
    const [x, z] = [stream.fillNormal(new Float32Array(4)), stream.fillNormal(new Float32Array(4))];
    const raised = 2 * Math.SQRT2;
    [0, 1, 2, 3].forEach((i) => {
      expect(data[i]).toBeCloseTo((2 * x[i]! + Math.sqrt(raised ** 2 - 4) * z[i]!) / raised, 5);
    });
  });

  it('clips where it is told to, and follows labels more strongly', async () => {
    const solver = ddim();
    const large: Model = { init: () => ({}), apply: (_, x) => tf.mul(x, 1) };
    const { data } = await sample(large, {}, { ...shared, solver, steps: 3, clip: [-0.5, 0.5] });
    expect(Math.max(...data.map(Math.abs))).toBeLessThanOrEqual(0.5);
    const labeled: Model = {
      init: () => ({}),
      apply: (_, x, _time, { labels } = {}) =>
        tf.mul(tf.onesLike(x), tf.reshape(tf.cast(labels!, 'float32'), [-1, 1, 1, 1])),
    };
    // Labels 3 and −1: −1 + 2·(3 − (−1)) = 7
    const labels = new Int32Array(5).fill(3);
    const guided = await sample(labeled, {}, { ...shared, solver, steps: 3, labels, guidance: { scale: 2 } });
    for (const value of guided.data) expect(value).toBeCloseTo(7, 5);
  });

  it.each([
    [{ solver: ddim() }, 'sample: options must be given either steps or grid'],
    [{ solver: ddim(), steps: 3, grid: [1, 0] }, 'either steps or grid'],
    [{ solver: ddim(), grid: [1, 2] }, 'grid[1] must be in [0, 1], got 2'],
    [{ solver: ddim(), grid: [1] }, 'grid must be a list of at least two values'],
    [{ solver: dormandPrince(), steps: 3 }, 'steps must be absent with a solver that chooses them'],
    [{ solver: 'ddim', steps: 3 }, 'solver must be a Solver'],
    [{ view: {}, solver: ddim(), steps: 3 }, 'view must be a View'],
    [{ solver: ddim(), steps: 3, eta: 1 }, 'options has no key "eta"'],
  ])('refuses %#', async (options, message) => {
    await expect(values(options)).rejects.toThrow(message);
  });

  it('steps over equal levels, and stops at a level', async () => {
    for (const { view, network, span } of FRAME_CASES) {
      const exact = exactNetwork(network);
      const once = { ...shared, view, grid: [...span] };
      const twice = { ...shared, view, grid: [span[0], span[0], span[1], span[1]] };
      for (const solver of [rungeKutta(HEUN), ddim()]) {
        const [a, b] = [
          await sample(exact, {}, { ...once, solver }),
          await sample(exact, {}, { ...twice, solver }),
        ];
        expect(b.data).toEqual(a.data);
      }
    }
  });
});
