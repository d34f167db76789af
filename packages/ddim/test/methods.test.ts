import '@tensorflow/tfjs';
import { readFileSync } from 'node:fs';
import { createRng } from '@immiscible/core';
import type { Model } from '@immiscible/core/tensors';
import {
  ddimSample,
  ddimUpdate,
  diffusionHeunSample,
  type DiffusionSamplerOptions,
  dpmSolverSample,
} from '@immiscible/ddim';
import {
  linearSchedule,
  noiseSchedule,
  type Prediction,
  rescaleZeroTerminalSnr,
  scalesAt,
} from '@immiscible/schedulers';
import { largestDifference, logLogSlope } from '@immiscible/testing';
import * as tf from '@tensorflow/tfjs-core';
import ndarray from 'ndarray';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Gaussian, gaussianModel, marginal } from './gaussian.js';

interface Run {
  readonly prediction: 'epsilon' | 'v_prediction';
  readonly timesteps: readonly number[];
  readonly x0: readonly number[];
}
interface Thresholded {
  readonly quantile: number;
  readonly max: number;
  readonly x0: readonly number[];
}
const fixture: { sample: number[]; heun: readonly Run[]; thresholded: readonly Thresholded[] } = JSON.parse(
  readFileSync(new URL('fixtures/heun.json', import.meta.url), 'utf8'),
);

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** Even in λ = ½·ln(ᾱ/(1 − ᾱ)), from −2 to 2. */
const LEVELS = 1920;
const even = ((alphaBar: (t: number) => number) =>
  noiseSchedule(
    Float64Array.from({ length: LEVELS + 1 }, (_, t) => 1 - alphaBar(t) / (t === 0 ? 1 : alphaBar(t - 1))),
  ))((t) => 1 / (1 + Math.exp(-2 * (2 - (4 * t) / LEVELS))));
const data: Gaussian = { mean: 0.3, sd: 0.5 };
const imageShape = [4, 4, 1] as const;
const noise = (seed: number) =>
  [0, 1].flatMap((i) => [...createRng(seed).split(i).fillNormal(new Float32Array(16))]);

type Sampler = typeof dpmSolverSample;
const samplers: readonly { name: string; sampler: Sampler; order: number }[] = [
  { name: 'DDIM', sampler: ddimSample, order: 1 },
  {
    name: 'DPM-Solver++, order 1',
    sampler: (m, p, o) => dpmSolverSample(m, p, { ...o, order: 1 }),
    order: 1,
  },
  { name: 'DPM-Solver++(2M)', sampler: dpmSolverSample, order: 2 },
  { name: 'Heun', sampler: diffusionHeunSample, order: 2 },
];
const run = async (sampler: Sampler, options: Partial<DiffusionSamplerOptions>) => {
  const all = {
    schedule: even,
    prediction: 'epsilon',
    clip: false,
    count: 2,
    imageShape,
    rng: createRng(3),
    ...options,
  } as const;
  return (await sampler(gaussianModel(data, all.schedule, all.prediction), {}, all)).data;
};

describe.each(samplers)('$name on Gaussian data', ({ name, sampler, order }) => {
  it.each(['epsilon', 'x0', 'vPrediction'] as const)(
    `solves the ODE with order ${order}: %s`,
    async (prediction) => {
      // From the noisiest level to that of timestep 0; quantiles stay quantiles.
      const [from, to] = [marginal(data, even, LEVELS), marginal(data, even, 0)];
      const exact = noise(3).map((x) => to.mean + Math.sqrt(to.variance / from.variance) * (x - from.mean));
      // A two-step method has its order later, when its first step, of order 1, has stopped to count.
      const steps = name === 'DPM-Solver++(2M)' ? [40, 80, 160] : [10, 20, 40];
      const errors = [];
      for (const n of steps) {
        const timesteps = Array.from({ length: n }, (_, i) => (LEVELS * (n - i)) / n);
        errors.push(
          largestDifference(await run(sampler, { prediction, timesteps, end: 'firstTimestep' }), exact),
        );
      }
      expect(logLogSlope(steps, errors)).toBeLessThan(-order + 0.25);
      expect(logLogSlope(steps, errors)).toBeGreaterThan(-order - 0.35);
    },
  );

  it('starts from pure noise and ends at the clean image', async () => {
    const schedule = rescaleZeroTerminalSnr(linearSchedule());
    const images = await run(sampler, { schedule, prediction: 'vPrediction', steps: 100 });
    expect(
      largestDifference(
        images,
        noise(3).map((x) => data.mean + data.sd * x),
      ),
    ).toBeLessThan(0.05);
    // All that is known after one step from pure noise is the mean.
    const one = await run(sampler, { schedule, prediction: 'x0', steps: 1 });
    expect(largestDifference(one, new Float64Array(32).fill(data.mean))).toBeLessThan(1e-6);
  });

  it('gives image i the same bytes in any batch, and keeps no tensor', async () => {
    const before = tf.memory().numTensors;
    const all = await run(sampler, { steps: 5, count: 5 });
    for (const batchSize of [1, 2])
      expect(await run(sampler, { steps: 5, count: 5, batchSize })).toEqual(all);
    expect(await run(sampler, { steps: 5, count: 1, seeds: [3] })).toEqual(all.slice(48, 64));
    await expect(run(sampler, { steps: 3, signal: AbortSignal.abort() })).rejects.toThrow();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('stays where it is between equal levels', async () => {
    const initial = ndarray(Float32Array.from(noise(4)), [2, ...imageShape]);
    const stayed = await run(sampler, { timesteps: [0], end: 'firstTimestep', initial });
    expect(largestDifference(stayed, initial.data)).toBeLessThan(1e-6);
  });

  it('refuses options that do not go together', async () => {
    await expect(run(sampler, { steps: 2, clip: [-1, 1], threshold: {} })).rejects.toThrow(
      /clip must be false with threshold/,
    );
    await expect(run(sampler, { steps: 2, end: 'noise' as 'clean' })).rejects.toThrow(
      /end must be "clean" or/,
    );
    await expect(run(sampler, { steps: 2, clip: [1, 1] })).rejects.toThrow(/clip must be \[low, high\]/);
  });
});

describe('ddimUpdate', () => {
  it('with η = 0 is the Euler step of the ODE in x/√ᾱ against √(1 − ᾱ)/√ᾱ, whose derivative is ε', () => {
    const { alphaBar } = linearSchedule();
    const tau = (a: number) => Math.sqrt((1 - a) / a);
    for (const [t, next] of [
      [999, 899],
      [500, 499],
      [100, 0],
    ] as const) {
      const [from, to] = [alphaBar[t]!, alphaBar[next]!];
      for (const [xt, epsilon] of [
        [1, 0],
        [0, 1],
        [0.3, -2],
      ] as const) {
        const { x0, xt: coefficient, noise: sd } = ddimUpdate(from, to, 0);
        const estimate = (xt - Math.sqrt(1 - from) * epsilon) / Math.sqrt(from);
        const euler = Math.sqrt(to) * (xt / Math.sqrt(from) + (tau(to) - tau(from)) * epsilon);
        expect(x0 * estimate + coefficient * xt).toBeCloseTo(euler, 10);
        expect(sd).toBe(0);
      }
    }
  });
});

describe("diffusers'", () => {
  /** The "model" of the fixture. */
  const linear: Model = {
    init: () => ({}),
    apply: (_, x, time) =>
      tf.add(tf.mul(x, 0.4), tf.reshape(tf.sub(tf.mul(time, 0.0003), 0.1), [-1, 1, 1, 1])),
  };
  const options = { schedule: linearSchedule(), count: 1, imageShape: [2, 2, 1], rng: createRng(0) } as const;
  const initial = ndarray(Float32Array.from(fixture.sample), [1, 2, 2, 1]);

  it.each(fixture.heun)(
    'Heun: $prediction, $timesteps.length',
    async ({ prediction: kind, timesteps, x0 }) => {
      const prediction: Prediction = kind === 'epsilon' ? kind : 'vPrediction';
      const all = { ...options, prediction, timesteps, initial, clip: false } as const;
      const { data: images } = await diffusionHeunSample(linear, {}, all);
      // The tables there are float32.
      images.forEach((value, i) =>
        expect(Math.abs(value - x0[i]!)).toBeLessThan(3e-4 * Math.max(1, Math.abs(x0[i]!))),
      );
    },
  );

  it.each(fixture.thresholded)(
    'DDIM with dynamic thresholding: $quantile, $max',
    async ({ x0, ...threshold }) => {
      const all = { ...options, prediction: 'vPrediction', steps: 10, initial, threshold } as const;
      expect(largestDifference((await ddimSample(linear, {}, all)).data, x0)).toBeLessThan(1e-5);
    },
  );
});

describe('epsilonFrom', () => {
  it("'model' keeps the noise of the answer where the estimate is clipped", async () => {
    const schedule = linearSchedule();
    const wild = gaussianModel({ mean: 0, sd: 30 }, schedule, 'epsilon');
    const options = {
      schedule,
      prediction: 'epsilon',
      timesteps: [500],
      end: 'firstTimestep',
      count: 2,
      imageShape,
    } as const;
    const images = await ddimSample(wild, {}, { ...options, epsilonFrom: 'model', rng: createRng(3) });
    const { signalScale: s, noiseScale: sigma } = scalesAt(schedule, 500);
    const first = scalesAt(schedule, 0);
    const { variance } = marginal({ mean: 0, sd: 30 }, schedule, 500);
    const expected = noise(3).map((x) => {
      const epsilon = (sigma / variance) * x;
      const x0 = Math.max(-1, Math.min(1, (x - sigma * epsilon) / s));
      return first.signalScale * x0 + first.noiseScale * epsilon;
    });
    expect(largestDifference(images.data, expected)).toBeLessThan(1e-5);
    const refused = ddimSample(wild, {}, { ...options, epsilonFrom: 'x' as 'model', rng: createRng(3) });
    await expect(refused).rejects.toThrow(/epsilonFrom must be "clipped" or "model"/);
  });
});
