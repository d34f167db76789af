import '@tensorflow/tfjs';
import { createRng } from '@immiscible/core';
import type { Model } from '@immiscible/core/tensors';
import { largestDifference, logLogSlope } from '@immiscible/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { eulerSample, type FlowSamplerOptions, heunSample, midpointSample } from '@immiscible/flow-matching';
import { field, gaussian } from './fields.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const imageShape = [4, 4, 1] as const;
const noise = (count = 2) =>
  Array.from({ length: count }, (_, i) => [...createRng(3).split(i).fillNormal(new Float32Array(16))]).flat();

type Sampler = typeof eulerSample;
const run = async (sampler: Sampler, model: Model, options: Partial<FlowSamplerOptions>) =>
  (await sampler(model, {}, { count: 2, imageShape, rng: createRng(3), ...options })).data;

describe.each([
  { name: 'eulerSample', sampler: eulerSample, order: 1, steps: [8, 16, 32, 64, 128] },
  { name: 'heunSample', sampler: heunSample, order: 2, steps: [16, 32, 64, 128] },
  { name: 'midpointSample', sampler: midpointSample, order: 2, steps: [16, 32, 64, 128] },
])('$name', ({ name, sampler, order, steps }) => {
  it(`reaches the solution of the ODE of Gaussian data with order ${order}`, async () => {
    // Quantiles stay quantiles, so the flow from N(0, 1) to N(mean, sd²) is mean + sd·x.
    const errors = [];
    for (const n of steps) {
      const images = await run(sampler, gaussian(0.3, 0.5), { steps: n });
      errors.push(
        largestDifference(
          images,
          noise().map((x) => 0.3 + 0.5 * x),
        ),
      );
    }
    expect(logLogSlope(steps, errors)).toBeLessThan(-order + 0.15);
    // The midpoint method has order 3 on this one equation.
    if (name !== 'midpointSample') expect(logLogSlope(steps, errors)).toBeGreaterThan(-order - 0.15);
  });

  it(`solves an equation whose solution is e^(t + t²) with order ${order}`, async () => {
    const growing = field(
      (t) => 1 + 2 * t,
      () => 0,
    );
    const exact = noise().map((x) => x * Math.exp(-2));
    const errors = [];
    for (const n of [8, 16, 32, 64])
      errors.push(largestDifference(await run(sampler, growing, { steps: n }), exact));
    expect(logLogSlope([8, 16, 32, 64], errors)).toBeLessThan(-order + 0.15);
    expect(logLogSlope([8, 16, 32, 64], errors)).toBeGreaterThan(-order - 0.25);
  });

  it('follows straight paths exactly in any number of steps', async () => {
    // All data is one image: every path is a straight line to it. Its velocity is unknown at t = 0 itself, where
    // Heun looks too, so stop short of it.
    for (const n of [1, 2, 7]) {
      const times = Array.from({ length: n + 1 }, (_, i) => 1 - (0.9 * i) / n);
      const images = await run(sampler, gaussian(0.3, 0), { times });
      expect(
        largestDifference(
          images,
          noise().map((x) => 0.9 * 0.3 + 0.1 * x),
        ),
      ).toBeLessThan(2e-6);
    }
    const constant = field(
      () => 0,
      () => 0.7,
    );
    expect(
      largestDifference(
        await run(sampler, constant, { steps: 3 }),
        noise().map((x) => x - 0.7),
      ),
    ).toBeLessThan(1e-6);
  });

  it('gives image i the same bytes in any batch and any number of images', async () => {
    const model = gaussian(0.3, 0.5);
    const all = await run(sampler, model, { steps: 4, count: 5 });
    for (const batchSize of [1, 2, 3])
      expect(await run(sampler, model, { steps: 4, count: 5, batchSize })).toEqual(all);
    expect(await run(sampler, model, { steps: 4 })).toEqual(all.slice(0, 32));
    expect(await run(sampler, model, { steps: 4, count: 0 })).toEqual(new Float32Array(0));
  });

  it('gives the model times on the scale of training', async () => {
    const [a, b] = [
      await run(sampler, gaussian(0.3, 0.5), { steps: 4 }),
      await run(sampler, gaussian(0.3, 0.5, 20), { steps: 4, timeScale: 20 }),
    ];
    expect(largestDifference(a, b)).toBeLessThan(1e-6);
  });

  it('visits times of its own', async () => {
    const visited: number[] = [];
    await run(sampler, gaussian(0, 1), {
      times: [1, 0.6, 0.5, 0],
      onStep: ({ time }) => void visited.push(time),
    });
    expect(visited).toEqual([1000, 600, 500]);
  });

  it('keeps no tensor', async () => {
    const before = tf.memory().numTensors;
    await run(sampler, gaussian(0, 1), { steps: 3, batchSize: 1 });
    await expect(run(sampler, gaussian(0, 1), { steps: 3, signal: AbortSignal.abort() })).rejects.toThrow();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses options out of range, naming itself', async () => {
    const rejects = (options: Partial<FlowSamplerOptions>, message: RegExp) =>
      expect(run(sampler, gaussian(0, 1), options)).rejects.toThrow(message);
    await rejects({}, new RegExp(`^${name}: options must be given either steps or times`));
    await rejects({ steps: 2, times: [1, 0] }, /either steps or times/);
    await rejects({ steps: 0 }, /steps must be an integer of at least 1/);
    await rejects({ times: [0.9, 0] }, /the first 1/);
    await rejects({ times: [1] }, /at least two values/);
    await rejects({ times: [1, 0.5, 0.5] }, /times\[2\] must be in \[0, 0.5\), got 0.5/);
    await rejects({ times: [1, -0.1] }, /times\[1\]/);
    await rejects({ steps: 1, timeScale: -1 }, /timeScale/);
  });
});

describe('the samplers', () => {
  it('differ where velocity changes along the path: trapezoid and midpoint are exact for one that is linear in t', async () => {
    const accelerating = field(
      () => 0,
      (t) => 2 * t,
    );
    // ∫₁⁰ 2t dt = −1
    expect(
      largestDifference(
        await run(heunSample, accelerating, { steps: 1 }),
        noise().map((x) => x - 1),
      ),
    ).toBeLessThan(1e-6);
    expect(
      largestDifference(
        await run(midpointSample, accelerating, { steps: 1 }),
        noise().map((x) => x - 1),
      ),
    ).toBeLessThan(1e-6);
    expect(
      largestDifference(
        await run(eulerSample, accelerating, { steps: 1 }),
        noise().map((x) => x - 2),
      ),
    ).toBeLessThan(1e-6);
  });
});
