import '@tensorflow/tfjs';
import { createRng } from '@immiscible/core';
import {
  cosineSchedule,
  linearSchedule,
  type Prediction,
  rescaleZeroTerminalSnr,
} from '@immiscible/schedulers';
import { largestDifference, logLogSlope } from '@immiscible/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  ancestralUpdate,
  ddimSample,
  type DdimSampleOptions,
  ddpmSample,
  type Variance,
} from '@immiscible/ddim';
import { type Gaussian, gaussianModel, marginal, optimal } from './gaussian.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const data: Gaussian = { mean: 0.3, sd: 0.5 };
const schedule = linearSchedule();
const imageShape = [4, 4, 1] as const;
const common = { schedule, prediction: 'vPrediction', clip: false, count: 2, imageShape } as const;

const run = async (options: Partial<DdimSampleOptions> = {}) => {
  const all = { ...common, rng: createRng(3), ...options };
  return (await ddimSample(gaussianModel(data, all.schedule, all.prediction), {}, all)).data;
};

/** Where the probability-flow ODE leads from the initial noise: quantiles stay quantiles. */
function odeEnd(from: typeof schedule, seed = 3): Float64Array {
  const start = marginal(data, from, from.timesteps - 1);
  const noise = [0, 1].flatMap((i) => [...createRng(seed).split(i).fillNormal(new Float32Array(16))]);
  return Float64Array.from(
    noise,
    (x) => data.mean + (data.sd * (x - start.mean)) / Math.sqrt(start.variance),
  );
}

describe('ddimSample on Gaussian data', () => {
  it.each([
    { name: 'linear', of: schedule },
    { name: 'cosine', of: cosineSchedule() },
    { name: 'zero terminal SNR', of: rescaleZeroTerminalSnr(schedule) },
  ])('reaches the solution of the ODE with order 1: $name', async ({ of }) => {
    const steps = [25, 50, 100, 200];
    const errors = [];
    for (const n of steps) errors.push(largestDifference(await run({ schedule: of, steps: n }), odeEnd(of)));
    expect(errors.at(-1)).toBeLessThan(0.02);
    expect(logLogSlope(steps, errors)).toBeLessThan(-0.85);
    expect(logLogSlope(steps, errors)).toBeGreaterThan(-1.2);
  });

  it('draws the same images from perfect predictions of every kind', async () => {
    const [a, b, c] = await Promise.all(
      (['epsilon', 'x0', 'vPrediction'] as const).map((prediction) => run({ prediction, steps: 20 })),
    );
    expect(largestDifference(a!, b!)).toBeLessThan(1e-4);
    expect(largestDifference(b!, c!)).toBeLessThan(1e-4);
  });

  it('starts from pure noise without a division where the schedule has no signal left, unless epsilon is predicted', async () => {
    const zero = rescaleZeroTerminalSnr(schedule);
    for (const prediction of ['vPrediction', 'x0'] as const) {
      // One step from pure noise: all that is known is the mean.
      const images = await run({ schedule: zero, prediction, steps: 1 });
      expect(largestDifference(images, new Float64Array(32).fill(data.mean))).toBeLessThan(1e-6);
    }
    await expect(run({ schedule: zero, prediction: 'epsilon', steps: 1 })).rejects.toThrow(
      /signalScale must be positive to convert from epsilon, got 0; predict vPrediction or x0/,
    );
  });

  it('visits a list of its own, each step ending where the next begins', async () => {
    const timesteps = [999, 640, 631, 90, 7];
    const visited: number[] = [];
    const images = await run({ timesteps, onStep: ({ time }) => void visited.push(time) });
    expect(visited).toEqual(timesteps);
    // Eq. 12 of Song et al. 2021 by hand, in float64
    const noise = [0, 1].flatMap((i) => [...createRng(3).split(i).fillNormal(new Float32Array(16))]);
    const expected = noise.map((start) =>
      timesteps.reduce((x, t, k) => {
        const [a, b] = optimal(data, schedule, t, 'epsilon');
        const epsilon = a + b * x;
        const from = schedule.alphaBar[t]!;
        const to = k === 4 ? 1 : schedule.alphaBar[timesteps[k + 1]!]!;
        const x0 = (x - Math.sqrt(1 - from) * epsilon) / Math.sqrt(from);
        return Math.sqrt(to) * x0 + Math.sqrt(1 - to) * epsilon;
      }, start),
    );
    expect(largestDifference(images, expected)).toBeLessThan(1e-5);
  });

  it('clips the estimate of x0 to [−1, 1] unless told otherwise', async () => {
    const wild = gaussianModel({ mean: 0, sd: 30 }, schedule, 'x0');
    const options = {
      schedule,
      prediction: 'x0',
      count: 2,
      imageShape,
      steps: 5,
      rng: createRng(3),
    } as const;
    const size = async (clip?: readonly [number, number] | false) => {
      const images = await ddimSample(wild, {}, { ...options, ...(clip !== undefined && { clip }) });
      return Math.max(...images.data.map(Math.abs));
    };
    expect(await size()).toBe(1);
    expect(await size([-2, 2])).toBe(2);
    expect(await size(false)).toBeGreaterThan(10);
  });
});

describe.each([
  { variance: 'fixedSmall', data: { mean: 0.3, sd: 0.5 } },
  { variance: 'fixedLarge', data: { mean: -0.2, sd: 0.8 } },
] as const)('ddpmSample on Gaussian data, $variance', ({ variance, data: gaussian }) => {
  it('draws the mean and variance of the data', async () => {
    const side = 48;
    const images = await ddpmSample(
      gaussianModel(gaussian, schedule, 'epsilon'),
      {},
      {
        ...{ schedule, prediction: 'epsilon', clip: false, variance, rng: createRng(5) },
        ...{ count: 2, imageShape: [side, side, 1] },
      },
    );
    const n = 2 * side * side;
    const mean = images.data.reduce((sum, x) => sum + x, 0) / n;
    const sd = Math.sqrt(images.data.reduce((sum, x) => sum + (x - mean) ** 2, 0) / n);
    // Four standard errors each.
    expect(Math.abs(mean - gaussian.mean)).toBeLessThan((4 * gaussian.sd) / Math.sqrt(n));
    expect(Math.abs(sd / gaussian.sd - 1)).toBeLessThan(4 / Math.sqrt(2 * n));
  });

  it('approaches them with order 1 as the steps get finer', () => {
    const counts = [250, 500, 1000, 2000];
    const errors = counts.map((timesteps) => {
      // The same process in more steps: β shrinks with their number.
      const fine = linearSchedule({ timesteps, betaStart: 0.1 / timesteps, betaEnd: 20 / timesteps });
      let [mean, second] = [0, 1];
      for (let t = timesteps - 1; t >= 0; t--) {
        const [a, b] = optimal(gaussian, fine, t, 'x0');
        const { x0, xt, noise } = ancestralUpdate(fine.alphaBar[t]!, fine.alphaBar[t - 1] ?? 1, variance);
        mean = x0 * a + (x0 * b + xt) * mean;
        second = (x0 * b + xt) ** 2 * second + noise ** 2;
      }
      return Math.abs(second - gaussian.sd ** 2);
    });
    expect(logLogSlope(counts, errors)).toBeLessThan(-0.85);
    expect(logLogSlope(counts, errors)).toBeGreaterThan(-1.2);
  });
});

type Sample = (options: Partial<DdimSampleOptions>) => Promise<Float32Array>;
const samplers: readonly { name: string; sample: Sample }[] = [
  { name: 'DDIM', sample: run },
  { name: 'DDIM, η = 0.7', sample: (options) => run({ eta: 0.7, ...options }) },
  ...(['fixedSmall', 'fixedLarge'] as const).map((variance: Variance) => ({
    name: `DDPM, ${variance}`,
    sample: async (options: Partial<DdimSampleOptions>) => {
      const all = { ...common, rng: createRng(3), ...options, variance };
      return (await ddpmSample(gaussianModel(data, all.schedule, all.prediction), {}, all)).data;
    },
  })),
];

describe.each(samplers)('a sampler: $name', ({ sample }) => {
  it('gives image i the same bytes in any batch and any number of images', async () => {
    const all = await sample({ steps: 6, count: 5 });
    for (const batchSize of [1, 2, 3]) expect(await sample({ steps: 6, count: 5, batchSize })).toEqual(all);
    expect(await sample({ steps: 6, count: 2 })).toEqual(all.slice(0, 32));
    expect(await sample({ steps: 6, count: 0 })).toEqual(new Float32Array(0));
    expect(new Set(all).size).toBe(all.length);
  });

  it('begins with the same noise as every other', async () => {
    // One step from a single timestep to the clean image draws nothing more.
    expect(largestDifference(await sample({ steps: 1 }), await run({ steps: 1 }))).toBeLessThan(1e-6);
  });

  it('samples a process of one timestep', async () => {
    const images = await sample({ schedule: linearSchedule({ timesteps: 1, betaStart: 0.5 }) });
    const [a, b] = optimal(data, linearSchedule({ timesteps: 1, betaStart: 0.5 }), 0, 'x0');
    const noise = [0, 1].flatMap((i) => [...createRng(3).split(i).fillNormal(new Float32Array(16))]);
    expect(
      largestDifference(
        images,
        noise.map((x) => a + b * x),
      ),
    ).toBeLessThan(1e-6);
  });

  it('keeps no tensor', async () => {
    const before = tf.memory().numTensors;
    await sample({ steps: 3, batchSize: 1 });
    await expect(sample({ steps: 3, signal: AbortSignal.abort() })).rejects.toThrow();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses options out of range', async () => {
    await expect(sample({ steps: 0 })).rejects.toThrow(/steps/);
    await expect(sample({ timesteps: [3, 4] })).rejects.toThrow(/timesteps\[1\]/);
    await expect(sample({ clip: [1, -1] })).rejects.toThrow(/clip must be \[low, high\]/);
    await expect(sample({ prediction: 'noise' as Prediction })).rejects.toThrow(/"epsilon"/);
  });
});

describe('options of their own', () => {
  it('are checked', async () => {
    await expect(run({ eta: 2 })).rejects.toThrow(/ddimSample: eta must be in \[0, 1\], got 2/);
    const options = { ...common, rng: createRng(0), variance: 'large' as Variance };
    const model = gaussianModel(data, schedule, 'x0');
    await expect(ddpmSample(model, {}, options)).rejects.toThrow(
      /variance must be "fixedLarge" or "fixedSmall"/,
    );
  });
});
