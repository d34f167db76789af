import '@tensorflow/tfjs';
import { readFileSync } from 'node:fs';
import { selectBackend } from '@immiscible/backend';
import { createRng } from '@immiscible/core';
import type { Params } from '@immiscible/core/tensors';
import { edmDenoiser, edmObjective, edmScales } from '@immiscible/edm';
import {
  availableBackends,
  describeObjective,
  describeTrainingStep,
  threeWeights,
  type TrainingStep,
} from '@immiscible/testing';
import * as tf from '@tensorflow/tfjs-core';
import ndarray from 'ndarray';
import { beforeAll, describe, expect, it } from 'vitest';

interface Fixture {
  shape: [number, number, number, number];
  x0: number[];
  noise: number[];
  sigma: number[];
  weights: [number, number, number];
  denoised: number[];
  steps: { sigmaData: number; timeScale: number; snrWeight: boolean; loss: number; gradients: number[] }[];
}
const fixture = JSON.parse(readFileSync(new URL('fixtures/edm.json', import.meta.url), 'utf8')) as Fixture;

const model = threeWeights(1);
const weights = (): Params => {
  const [a, b, c] = fixture.weights;
  return { a: tf.scalar(a), b: tf.scalar(b), c: tf.scalar(c) };
};
const batch = () => ({
  x0: ndarray(Float32Array.from(fixture.x0), [...fixture.shape]),
  noise: ndarray(Float32Array.from(fixture.noise), [...fixture.shape]),
});
const snrWeight = (sigma: number): number => 1 / (1 + sigma ** 2);

describe.each(await availableBackends(selectBackend))('on %s', (backend) => {
  beforeAll(async () => {
    await selectBackend({ backend });
  });

  const { shape, x0, noise } = fixture;
  const steps = fixture.steps.map((step): TrainingStep => {
    const { sigmaData, timeScale, snrWeight: weighted, loss, gradients } = step;
    const objective = () =>
      edmObjective({
        ...{ sigmaData, timeScale, sigmas: () => fixture.sigma },
        ...(weighted && { weighting: snrWeight }),
      });
    const name = `σ_data ${sigmaData}, time scale ${timeScale}`;
    return { name, objective, shape, x0, noise, weights: fixture.weights, loss, gradients, timeDivisor: 1 };
  });
  describeTrainingStep(steps);

  it('edmDenoiser is the paper’s denoiser, as PyTorch has it, at any level', () => {
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const x = tf.tensor(fixture.x0, fixture.shape) as tf.Tensor4D;
      const denoised = edmDenoiser(model).apply(weights(), x, tf.tensor1d(fixture.sigma));
      expect(denoised).toBeAllClose(fixture.denoised);
    });
    expect(tf.memory().numTensors).toBe(before);
  });

  for (const sigmaData of [0.5, 1.5]) {
    const scales = (time: number) => ({
      sigma: Math.exp(4 * time),
      ...edmScales(Math.exp(4 * time), { sigmaData }),
    });
    describeObjective(`EDM, σ_data ${sigmaData}`, () => ({
      objective: edmObjective({ sigmaData }),
      noisy: (x0, noise, time) => scales(time).in * (x0 + scales(time).sigma * noise),
      // What the network has to answer so that the denoiser gives x0.
      target: (x0, noise, time) => {
        const { sigma, skip, out } = scales(time);
        return (x0 - skip * (x0 + sigma * noise)) / out;
      },
    }));
  }
  describeObjective('EDM, weighted otherwise', () => ({
    objective: edmObjective({ weighting: snrWeight }),
    noisy: (x0, noise, time) => edmScales(Math.exp(4 * time)).in * (x0 + Math.exp(4 * time) * noise),
    target: (x0, noise, time) => {
      const { skip, out } = edmScales(Math.exp(4 * time));
      return (x0 - skip * (x0 + Math.exp(4 * time) * noise)) / out;
    },
    weight: (time) => snrWeight(Math.exp(4 * time)) * edmScales(Math.exp(4 * time)).out ** 2,
  }));
});

describe('edmObjective', () => {
  it('draws ln σ from N(−1.2, 1.2²)', () => {
    const count = 4000;
    const images = ndarray(new Float32Array(count), [count, 1, 1, 1]);
    const { sigma } = edmObjective().prepare({ x0: images, noise: images }, createRng(3), 0);
    const logs = Array.from(sigma.data, Math.log);
    const mean = logs.reduce((sum, x) => sum + x, 0) / count;
    const std = Math.sqrt(logs.reduce((sum, x) => sum + (x - mean) ** 2, 0) / count);
    // Four standard errors.
    expect(Math.abs(mean + 1.2)).toBeLessThan((4 * 1.2) / Math.sqrt(count));
    expect(Math.abs(std - 1.2)).toBeLessThan((4 * 1.2) / Math.sqrt(2 * count));
  });

  it('refuses what can’t be', () => {
    expect(() => edmObjective({ sigmaData: 0 })).toThrow('edmObjective: sigmaData must be positive, got 0');
    expect(() => edmDenoiser(model, { timeScale: -1 })).toThrow('edmDenoiser: timeScale must be positive');
    expect(() => edmScales(0)).toThrow('edmScales: sigma must be positive, got 0');
    const prepare = (options: object) => edmObjective(options).prepare(batch(), createRng(0), 0);
    expect(() => prepare({ sigmas: () => [1] })).toThrow('a draw of 5 levels, one an image, got 1');
    expect(() => prepare({ sigmas: () => [1, 1, 1, 1, 0] })).toThrow('each level must be positive, got 0');
    expect(() => prepare({ weighting: () => NaN })).toThrow('must be at least 0, got NaN');
  });
});

describe('edmScales', () => {
  it('keep the network’s input and target at variance one, for data of deviation σ_data', () => {
    for (const sigmaData of [0.5, 2]) {
      for (const sigma of [1e-4, 0.3, 80]) {
        const { skip, out, in: inner } = edmScales(sigma, { sigmaData });
        expect(inner ** 2 * (sigma ** 2 + sigmaData ** 2)).toBeCloseTo(1, 12);
        const target = ((1 - skip) ** 2 * sigmaData ** 2 + skip ** 2 * sigma ** 2) / out ** 2;
        expect(target).toBeCloseTo(1, 10);
      }
    }
  });
});
