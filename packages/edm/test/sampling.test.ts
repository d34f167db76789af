import '@tensorflow/tfjs';
import { selectBackend } from '@immiscible/backend';
import { createRng } from '@immiscible/core';
import type { Model } from '@immiscible/core/tensors';
import { denoiserSample, type DenoiserSampleOptions, edmSample, edmScales } from '@immiscible/edm';
import { jitModel } from '@immiscible/jit';
import { karrasSigmas } from '@immiscible/schedulers';
import { availableBackends, largestDifference, logLogSlope } from '@immiscible/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';

const imageShape = [4, 4, 1] as const;
const PIXELS = 16;

/** The best denoiser of pixels that are N(mean, deviation²) each. */
const gaussian = (mean: number, deviation: number): Model => ({
  init: () => ({}),
  apply: (_, x, sigma) => {
    const noise = tf.reshape(tf.square(sigma), [-1, 1, 1, 1]);
    const sum = tf.add(tf.mul(x, deviation ** 2), tf.mul(noise, mean));
    return tf.div(sum, tf.add(noise, deviation ** 2));
  },
});

/** Pixels that are ±CENTER, each blurred by BLUR: their denoiser, for one number. */
const CENTER = 0.5;
const BLUR = 0.15;
const mixtureDenoised = (x: number, sigma: number): number => {
  const variance = BLUR ** 2 + sigma ** 2;
  return (BLUR ** 2 * x + sigma ** 2 * CENTER * Math.tanh((CENTER * x) / variance)) / variance;
};
const mixture: Model = {
  init: () => ({}),
  apply: (_, x, sigma) => {
    const level = sigma.dataSync()[0] as number;
    return tf.tensor4d(
      Float32Array.from(x.dataSync(), (value) => mixtureDenoised(value, level)),
      x.shape,
    );
  },
};

const noise = (count: number) =>
  Array.from({ length: count }, (_, i) => [
    ...createRng(3).split(i).fillNormal(new Float32Array(PIXELS)),
  ]).flat();
const run = async (denoiser: Model, options: Partial<DenoiserSampleOptions>) =>
  (await denoiserSample(denoiser, {}, { count: 2, imageShape, rng: createRng(3), ...options })).data;
/** The ODE of the mixture from 80·z to `end`, by RK4 in ln σ. */
function mixtureSolution(z: number, end: number): number {
  const count = 4000;
  const h = Math.log(end / 80) / count;
  // dx/dlnσ = x − D(x, σ)
  const rate = (x: number, s: number) => x - mixtureDenoised(x, Math.exp(s));
  let x = 80 * z;
  for (let i = 0; i < count; i++) {
    const s = Math.log(80) + i * h;
    const k1 = rate(x, s);
    const k2 = rate(x + (h / 2) * k1, s + h / 2);
    const k3 = rate(x + (h / 2) * k2, s + h / 2);
    x += (h / 6) * (k1 + 2 * k2 + 2 * k3 + rate(x + h * k3, s + h));
  }
  return x;
}

beforeAll(async () => {
  await selectBackend({ backend: 'cpu' });
});

describe.each([
  { order: 2, steps: [24, 48, 96, 192] },
  { order: 1, steps: [32, 64, 128, 256] },
] as const)('denoiserSample of order $order', ({ order, steps }) => {
  /** From 80 down to `end`, in `count` steps, without the last one to 0. */
  const until = (end: number, count: number) => karrasSigmas(count + 1, { sigmaMin: end }).reverse();

  it('reaches the solution of the ODE of Gaussian data with that order', async () => {
    // Quantiles stay quantiles: x − mean is multiplied by √((s² + σ′²)/(s² + σ²)).
    const [mean, s, end] = [0.3, 0.4, 0.01];
    const factor = Math.sqrt((s ** 2 + end ** 2) / (s ** 2 + 6400));
    const exact = noise(2).map((z) => mean + (80 * z - mean) * factor);
    const errors = [];
    for (const count of steps)
      errors.push(
        largestDifference(await run(gaussian(mean, s), { order, sigmas: until(end, count) }), exact),
      );
    expect(logLogSlope(steps, errors)).toBeGreaterThan(-order - 0.3);
    expect(logLogSlope(steps, errors)).toBeLessThan(-order + 0.2);
  });

  it('reaches the solution of the ODE of a mixture with that order', async () => {
    const exact = noise(2).map((z) => mixtureSolution(z, 0.05));
    const errors = [];
    for (const count of steps)
      errors.push(largestDifference(await run(mixture, { order, sigmas: until(0.05, count) }), exact));
    expect(logLogSlope(steps, errors)).toBeGreaterThan(-order - 0.3);
    expect(logLogSlope(steps, errors)).toBeLessThan(-order + 0.2);
  });
});

describe('churn', () => {
  /** Mean square of what a sampler draws for pixels of N(0, s²), by what each step does to a variance. */
  function predicted(
    s: number,
    count: number,
    churn: number,
    amount: number,
    range: readonly [number, number],
  ) {
    const levels = [...karrasSigmas(count).reverse(), 0];
    const share = Math.min(churn / count, Math.SQRT2 - 1);
    let variance = 6400;
    for (let i = 0; i < count; i++) {
      const [sigma, next] = [levels[i] as number, levels[i + 1] as number];
      const raised = sigma >= range[0] && sigma <= range[1] ? sigma * (1 + share) : sigma;
      variance += amount ** 2 * (raised ** 2 - sigma ** 2);
      const rate = (level: number) => level / (s ** 2 + level ** 2);
      const trial = 1 + (next - raised) * rate(raised);
      const factor = next === 0 ? trial : 1 + ((next - raised) / 2) * (rate(raised) + rate(next) * trial);
      variance *= factor ** 2;
    }
    return variance;
  }

  it.each([
    { churn: 0, churnNoise: 1, churnRange: [0, Infinity] },
    { churn: 30, churnNoise: 1, churnRange: [0, Infinity] },
    { churn: 1e9, churnNoise: 1, churnRange: [0.05, 1] },
    { churn: 40, churnNoise: 1.2, churnRange: [0.05, 50] },
  ] as const)(
    'gives Gaussian data the variance that its steps make: $churn, noise $churnNoise',
    async ({ churn, churnNoise, churnRange }) => {
      const s = 0.4;
      const steps = 32;
      const count = 500;
      const data = await run(gaussian(0, s), { steps, churn, churnNoise, churnRange, count, batchSize: 500 });
      const variance = data.reduce((sum, x) => sum + x * x, 0) / data.length;
      const expected = predicted(s, steps, churn, churnNoise, churnRange);
      // Four standard errors of a variance.
      expect(Math.abs(variance / expected - 1)).toBeLessThan(4 * Math.sqrt(2 / data.length));
      // In the limit of many steps, noise of variance one leaves the data's variance as it is; more doesn't.
      const limit = predicted(s, 2000, churn, churnNoise, churnRange) / s ** 2;
      if (churn < 1e9 && churnNoise === 1) expect(Math.abs(limit - 1)).toBeLessThan(0.002);
      if (churnNoise > 1) expect(limit).toBeGreaterThan(1.1);
    },
  );

  it('draws nothing where there is none, and renews noise only within its range', async () => {
    const plain = await run(gaussian(0, 0.4), { steps: 8 });
    const outside = await run(gaussian(0, 0.4), { steps: 8, churn: 20, churnRange: [81, 90] });
    expect(outside).toEqual(plain);
    const times: number[] = [];
    const onStep = ({ time }: { time: number }) => void times.push(time);
    await run(gaussian(0, 0.4), { sigmas: [10, 5, 2, 0], churn: 0.3, churnRange: [2, 5], onStep });
    [10, 5.5, 2.2].forEach((level, i) => expect(times[i]).toBeCloseTo(level, 12));
  });
});

describe('edmSample', () => {
  /** The network whose denoiser is that of N(0, 0.3²). */
  const network: Model = {
    init: () => ({}),
    apply: (_, x, time) => {
      const factors = Array.from(time.dataSync(), (t) => {
        const sigma = Math.exp(4 * t);
        const { skip, out, in: inner } = edmScales(sigma);
        return (0.3 ** 2 / (0.3 ** 2 + sigma ** 2) - skip) / (out * inner);
      });
      return tf.mul(x, tf.reshape(tf.tensor1d(factors), [-1, 1, 1, 1]));
    },
  };

  it('draws with the network what denoiserSample draws with its denoiser: 35 evaluations of it by default', async () => {
    let evaluations = 0;
    const counting: Model = {
      ...network,
      apply: (...args) => {
        evaluations++;
        return network.apply(...args);
      },
    };
    const images = await edmSample(counting, {}, { count: 2, imageShape, rng: createRng(3) });
    expect(evaluations).toBe(35);
    expect(largestDifference(images.data, await run(gaussian(0, 0.3), {}))).toBeLessThan(1e-4);
    // 18 steps of the published kind come near to the truth.
    expect(
      largestDifference(
        images.data,
        noise(2).map((z) => 0.3 * z),
      ),
    ).toBeLessThan(0.05);
  });

  it('gives image i the same bytes in any batch, from its own stream, churned or not', async () => {
    const all = await run(gaussian(0.1, 0.3), { steps: 5, churn: 10, count: 5 });
    for (const batchSize of [1, 2])
      expect(await run(gaussian(0.1, 0.3), { steps: 5, churn: 10, count: 5, batchSize })).toEqual(all);
    expect(await run(gaussian(0.1, 0.3), { steps: 5, churn: 10, count: 1, seeds: [4] })).toEqual(
      all.slice(4 * PIXELS),
    );
    expect(await run(gaussian(0.1, 0.3), { steps: 5, count: 0 })).toEqual(new Float32Array(0));
  });

  it('refuses options out of range', async () => {
    const rejects = (options: Partial<DenoiserSampleOptions>, message: string) =>
      expect(run(gaussian(0, 1), options)).rejects.toThrow(message);
    await rejects({ steps: 1 }, 'denoiserSample: steps must be an integer of at least 2, got 1');
    await rejects({ sigmas: [1, 1] }, 'sigmas[1] must be in [0, 1), got 1');
    await rejects({ sigmas: [1] }, 'a list of at least two levels');
    await rejects({ sigmas: [1, 0], steps: 3 }, 'given without steps');
    await rejects({ order: 3 as never }, 'order must be 1 or 2');
    await rejects({ churn: -1 }, 'churn must be at least 0');
    await rejects({ churnRange: [2, 1] }, 'churnRange must be [low, high] with low <= high');
    await rejects({ churnNoise: NaN }, 'churnNoise must be');
  });
});

describe.each(await availableBackends(selectBackend))('on %s', (backend) => {
  it('the samplers draw what they draw on cpu, recorded or not, and keep no tensor', async () => {
    const smooth: Model = {
      init: () => ({}),
      apply: (_, x, time) => tf.mul(tf.tanh(x), tf.reshape(time, [-1, 1, 1, 1])),
    };
    const options = { steps: 5, churn: 3, count: 3, imageShape, batchSize: 2 } as const;
    const draw = async (model: Model) => (await edmSample(model, {}, { ...options, rng: createRng(2) })).data;
    await selectBackend({ backend });
    const before = tf.memory().numTensors;
    const images = await draw(smooth);
    await expect(
      edmSample(smooth, {}, { ...options, rng: createRng(2), signal: AbortSignal.abort() }),
    ).rejects.toThrow();
    expect(tf.memory().numTensors).toBe(before);
    const recorded = await draw(jitModel(smooth));
    await selectBackend({ backend: 'cpu' });
    const expected = await draw(smooth);
    expect(images).toBeAllClose(expected, { rtol: 1e-4, atol: 1e-4 });
    expect(recorded).toBeAllClose(expected, { rtol: 1e-4, atol: 1e-4 });
  });
});
