import '@tensorflow/tfjs';
import { selectBackend } from '@immiscible/backend';
import { createRng } from '@immiscible/core';
import type { Model } from '@immiscible/core/tensors';
import { consistencyDistillation, consistencyFunction, consistencyScales } from '@immiscible/consistency';
import { describe, beforeAll, expect, it } from 'vitest';
import { toTensors } from '@immiscible/testing';
import * as tf from '@tensorflow/tfjs-core';
import ndarray from 'ndarray';

const DEVIATION = 0.3;
const SIGMA_MIN = 0.002;
const images = (data: Float32Array) => ndarray(data, [data.length / 4, 2, 2, 1]);
const each = (scale: tf.Tensor) => tf.reshape(scale, [-1, 1, 1, 1]);

/** The best denoiser of Gaussian data, and the network whose consistency function goes along its ODE exactly. */
const denoiser: Model = {
  init: () => ({}),
  apply: (_, x, sigma) => tf.mul(x, each(tf.div(DEVIATION ** 2, tf.add(tf.square(sigma), DEVIATION ** 2)))),
};
const exact: Model = {
  init: () => ({}),
  apply: (_, x, time) => {
    const factors = Array.from(time.dataSync(), (t) => {
      const sigma = Math.max(SIGMA_MIN, Math.exp(t / 250));
      const shrink = Math.sqrt((DEVIATION ** 2 + SIGMA_MIN ** 2) / (DEVIATION ** 2 + sigma ** 2));
      const { skip, out, in: inner } = consistencyScales(sigma);
      return out === 0 ? 0 : (shrink - skip) / (out * inner);
    });
    return tf.mul(x, each(tf.tensor1d(factors)));
  },
};

const rng = createRng(1);
const x0 = rng.fillNormal(new Float32Array(32)).map((z) => DEVIATION * z);
const noise = rng.fillNormal(new Float32Array(32));

beforeAll(async () => {
  await selectBackend({ backend: 'cpu' });
});

describe('consistencyDistillation', () => {
  const teacher = { denoiser, params: {} };

  it.each([1, 2] as const)(
    'has a teacher whose step of order %i is off by h to that order and one more',
    (order) => {
      // The true consistency function's loss is nothing but the error of one step, squared.
      const objective = consistencyDistillation({ teacher, order });
      const errors = [0.2, 0.1, 0.05].map((h) =>
        tf.tidy(() => {
          const inputs = {
            x0: tf.tensor(x0, [8, 2, 2, 1]),
            noise: tf.tensor(noise, [8, 2, 2, 1]),
            dropoutSeed: tf.scalar(0, 'int32'),
            high: tf.fill([8], 0.5),
            low: tf.fill([8], 0.5 * (1 - h)),
            weight: tf.ones([8]),
          };
          return Math.sqrt(objective.loss(exact, {}, inputs as never, {}).dataSync()[0] as number);
        }),
      );
      const [a, b, c] = errors as [number, number, number];
      for (const slope of [Math.log2(a / b), Math.log2(b / c)]) {
        expect(slope).toBeGreaterThan(order + 0.7);
        expect(slope).toBeLessThan(order + 1.5);
      }
    },
  );

  it('draws neighboring levels of one grid throughout, each interval as often', () => {
    const objective = consistencyDistillation({ teacher, levels: 5 });
    const many = images(new Float32Array(4 * 4000));
    const { high, low, weight } = objective.prepare({ x0: many, noise: many }, rng, 0);
    const pairs = new Map<string, number>();
    high.data.forEach((value, i) => {
      const key = `${(low.data[i] as number).toFixed(4)} ${value.toFixed(4)}`;
      pairs.set(key, (pairs.get(key) ?? 0) + 1);
    });
    expect(
      [...pairs.keys()].map((key) => key.split(' ').map(Number)).sort(([a = 0], [b = 0]) => a - b),
    ).toEqual(
      // (0.002^(1/7) + i/4·(80^(1/7) − 0.002^(1/7)))^7
      [0, 1, 2, 3].map((i) =>
        [i, i + 1].map((k) => {
          const root = 0.002 ** (1 / 7) + (k / 4) * (80 ** (1 / 7) - 0.002 ** (1 / 7));
          return Number((root ** 7).toFixed(4));
        }),
      ),
    );
    // Four standard deviations of a binomial with n = 4000, p = ¼.
    for (const count of pairs.values()) expect(Math.abs(count - 1000)).toBeLessThan(4 * 27.4);
    expect(new Set(weight.data)).toEqual(new Set([1]));
  });

  it('gives the teacher the labels and no dropout, and sends no gradient through it', () => {
    const seen: unknown[] = [];
    const watching: Model = {
      ...denoiser,
      apply: ({ gain }, x, sigma, options = {}) => {
        seen.push([[...(options.labels?.dataSync() ?? [])], options.dropoutSeed]);
        return tf.mul(denoiser.apply({}, x, sigma), gain as tf.Tensor);
      },
    };
    const linear: Model = { init: () => ({}), apply: ({ gain }, x) => tf.mul(x, gain as tf.Tensor) };
    tf.tidy(() => {
      const objective = consistencyDistillation({
        teacher: { denoiser: watching, params: { gain: tf.scalar(1) } },
      });
      const batch = {
        x0: images(x0),
        noise: images(noise),
        labels: Int32Array.from([1, 2, 3, 4, 5, 6, 7, 8]),
      };
      const inputs = toTensors(objective.prepare(batch, rng, 0));
      const average = { gain: tf.scalar(0.5) };
      const byAverage = tf.grad((gain) =>
        objective.loss(linear, { gain: tf.scalar(2) }, inputs as never, { gain }),
      );
      // An average without a gradient isn't connected with the loss.
      expect(() => byAverage(average.gain)).toThrow(/gradient/);
    });
    expect(seen).toEqual(new Array(2).fill([[1, 2, 3, 4, 5, 6, 7, 8], undefined]));
  });

  it('refuses options that can’t be, and a teacher that changes the shape', () => {
    expect(() => consistencyDistillation({ teacher, levels: 1 })).toThrow(
      'consistencyDistillation: levels must be an integer of at least 2, got 1',
    );
    expect(() => consistencyDistillation({ teacher, order: 3 as never })).toThrow('order must be 1 or 2');
    expect(() => consistencyDistillation({ teacher, huber: 0 })).toThrow('huber must be positive');
    const wide: Model = { init: () => ({}), apply: () => tf.zeros([8, 2, 2, 2]) };
    const objective = consistencyDistillation({ teacher: { denoiser: wide, params: {} } });
    const inputs = {
      x0: tf.zeros([8, 2, 2, 1]),
      noise: tf.zeros([8, 2, 2, 1]),
      high: tf.ones([8]),
      low: tf.ones([8]),
    };
    expect(() => objective.loss(exact, {}, inputs as never, {})).toThrow(
      "the teacher's output must be of shape",
    );
  });
});

describe('weights of a diffusion model', () => {
  it('are a consistency function as they are: with sigmaMin 0 it is EDM’s denoiser', () => {
    const network: Model = {
      init: () => ({}),
      apply: (_, x, time) => tf.add(tf.tanh(x), each(time)),
    };
    tf.tidy(() => {
      const sigmas = [0.01, 0.3, 2, 80];
      const x = tf.tensor4d(noise.slice(0, 16), [4, 2, 2, 1]);
      const f = consistencyFunction(network, { sigmaMin: 0, timeScale: 0.25 }).apply(
        {},
        x,
        tf.tensor1d(sigmas),
      );
      // Karras et al. 2022, table 1
      const expected = noise.slice(0, 16).map((value, p) => {
        const sigma = sigmas[p >> 2] as number;
        const power = sigma ** 2 + 0.25;
        const answer = Math.tanh(value / Math.sqrt(power)) + Math.log(sigma) / 4;
        return (0.25 / power) * value + ((sigma * 0.5) / Math.sqrt(power)) * answer;
      });
      expect(f).toBeAllClose(expected);
    });
  });
});
