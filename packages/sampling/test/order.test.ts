import '@tensorflow/tfjs';
import { createRng } from '@immiscible/core';
import * as sampling from '@immiscible/sampling';
import { describeConvergence, solversOf } from '@immiscible/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { FRAME_CASES } from './views.js';

const { ancestral, ddim, denoiserView, dpmSolver, HEUN, rungeKutta, sample, singleStepDpm } = sampling;

beforeAll(() => tf.setBackend('cpu'));

for (const { name, ...method } of FRAME_CASES)
  describeConvergence(name, { ...method, ...solversOf(sampling) });

describe('of data that is one image', () => {
  const model = { init: () => ({}), apply: (_: unknown, x: tf.Tensor4D) => tf.mul(tf.onesLike(x), 0.3) };
  it.each([
    ['DDIM', ddim()],
    ['DDPM', ancestral()],
    ['DPM-Solver++(3M)', dpmSolver({ order: 3 })],
    ['SDE-DPM-Solver++(2M)', dpmSolver({ order: 2, eta: 1 })],
    ['DPM-Solver++(2S)', singleStepDpm()],
    ['Heun', rungeKutta(HEUN)],
  ] as const)('%s keeps the law of every level', async (_, solver) => {
    // From N(x0, σ²) to N(x0, σ′²): the mean, and the variance of 4,000 draws to 5 standard errors.
    const view = denoiserView();
    const shared = { count: 1, imageShape: [80, 50, 1] as const, rng: createRng(5) };
    const images = await sample(model as never, {}, { ...shared, view, solver, grid: [80, 20, 5, 2, 1] });
    const mean = images.data.reduce((sum, x) => sum + x, 0) / 4000;
    const variance = images.data.reduce((sum, x) => sum + (x - 0.3) ** 2, 0) / 4000;
    expect(Math.abs(mean - 0.3)).toBeLessThan(5 / Math.sqrt(4000));
    expect(Math.abs(variance - 1)).toBeLessThan(5 * Math.sqrt(2 / 4000));
  });
});
