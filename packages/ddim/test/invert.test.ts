import '@tensorflow/tfjs';
import { createRng } from '@immiscible/core';
import { ddimInvert, ddimSample } from '@immiscible/ddim';
import { linearSchedule, type Prediction } from '@immiscible/schedulers';
import { largestDifference, logLogSlope } from '@immiscible/testing';
import * as tf from '@tensorflow/tfjs-core';
import ndarray from 'ndarray';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Gaussian, gaussianModel, marginal } from './gaussian.js';

beforeAll(() => tf.setBackend('cpu'));

const data: Gaussian = { mean: 0.3, sd: 0.5 };
const imageShape = [4, 4, 1] as const;
const noise = (seed: number) =>
  [0, 1].flatMap((i) => [...createRng(seed).split(i).fillNormal(new Float32Array(16))]);

describe('ddimInvert', () => {
  const schedule = linearSchedule();
  const images = ndarray(
    Float32Array.from(noise(5), (x) => 0.3 + 0.5 * x),
    [2, ...imageShape],
  );
  const model = (prediction: Prediction) => gaussianModel(data, schedule, prediction);

  it.each(['epsilon', 'x0', 'vPrediction'] as const)(
    'finds the noise that DDIM draws the images from: %s',
    async (prediction) => {
      const options = { schedule, prediction, steps: 20 } as const;
      const inverted = await ddimInvert(model(prediction), {}, { images, ...options, refinements: 25 });
      const all = {
        ...options,
        clip: false,
        count: 2,
        imageShape,
        rng: createRng(0),
        initial: inverted,
      } as const;
      expect(
        largestDifference((await ddimSample(model(prediction), {}, all)).data, images.data),
      ).toBeLessThan(2e-4);
    },
  );

  it('without refinement approaches that of the ODE with order 1', async () => {
    const { mean, variance } = marginal(data, schedule, 999);
    const exact = [...images.data].map((x) => mean + (Math.sqrt(variance) * (x - data.mean)) / data.sd);
    const counts = [50, 100, 200];
    const errors = [];
    for (const steps of counts) {
      const { data: inverted } = await ddimInvert(
        model('epsilon'),
        {},
        { images, schedule, prediction: 'epsilon', steps },
      );
      errors.push(largestDifference(inverted, exact));
    }
    expect(logLogSlope(counts, errors)).toBeLessThan(-0.75);
    expect(logLogSlope(counts, errors)).toBeGreaterThan(-1.25);
  });

  it('visits the timesteps of sampling backwards, in any batch, and keeps no tensor', async () => {
    const visited: number[] = [];
    const before = tf.memory().numTensors;
    const options = { schedule, prediction: 'x0', timesteps: [999, 640, 7], refinements: 1 } as const;
    const onStep = ({ time }: { time: number }) => void visited.push(time);
    const both = await ddimInvert(model('x0'), {}, { images, ...options, onStep });
    expect(visited).toEqual([7, 640, 999]);
    expect((await ddimInvert(model('x0'), {}, { images, ...options, batchSize: 1 })).data).toEqual(both.data);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses what it cannot invert', async () => {
    const options = { schedule, prediction: 'x0', steps: 2 } as const;
    await expect(ddimInvert(model('x0'), {}, { images, ...options, refinements: -1 })).rejects.toThrow(
      /refinements/,
    );
    const flat = ndarray(new Float32Array(4), [4]);
    await expect(ddimInvert(model('x0'), {}, { ...options, images: flat })).rejects.toThrow(
      /images must be of shape \[N,H,W,C\]/,
    );
  });
});
