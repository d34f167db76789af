import '@tensorflow/tfjs';
import { selectBackend } from '@immiscible/backend';
import { createRng } from '@immiscible/core';
import type { Model } from '@immiscible/core/tensors';
import { consistencySample, consistencyScales } from '@immiscible/consistency';
import { jitModel } from '@immiscible/jit';
import { availableBackends } from '@immiscible/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';

/** Deviation of the images: each value is normal by itself, so paths and consistency function are known. */
const DEVIATION = 0.3;
const SIGMA_MIN = 0.002;
const shrink = (sigma: number): number =>
  Math.sqrt((DEVIATION ** 2 + SIGMA_MIN ** 2) / (DEVIATION ** 2 + sigma ** 2));

/** The network whose consistency function is exact: f(x, σ) = shrink(σ)·x. */
const exact: Model = {
  init: () => ({}),
  apply: (_, x, time) =>
    tf.tidy(() => {
      const factors = [...time.dataSync()].map((t) => {
        const sigma = Math.exp(t / 250);
        const { skip, out, in: inner } = consistencyScales(sigma);
        return (shrink(sigma) - skip) / (out * inner);
      });
      return tf.mul(x, tf.reshape(tf.tensor1d(factors), [-1, 1, 1, 1]));
    }),
};
const options = { count: 3, imageShape: [2, 2, 1], batchSize: 2 } as const;

describe.each(await availableBackends(selectBackend))('consistencySample on %s', (backend) => {
  beforeAll(async () => {
    await selectBackend({ backend });
  });

  it('draws from a Gaussian exactly, in one evaluation and in three, image by image', async () => {
    for (const sigmas of [[80], [80, 5, 0.4]]) {
      const before = tf.memory().numTensors;
      const images = await consistencySample(exact, {}, { ...options, sigmas, rng: createRng(4) });
      expect(tf.memory().numTensors).toBe(before);
      for (let i = 0; i < 3; i++) {
        const stream = createRng(4).split(i);
        let expected = stream
          .fillNormal(new Float32Array(4))
          .map((z) => Math.min(1, Math.max(-1, shrink(80) * 80 * z)));
        for (const sigma of sigmas.slice(1)) {
          const again = stream.fillNormal(new Float32Array(4));
          const level = Math.sqrt(sigma ** 2 - SIGMA_MIN ** 2);
          expected = expected.map((x, p) =>
            Math.min(1, Math.max(-1, shrink(sigma) * (x + level * (again[p] as number)))),
          );
        }
        expected.forEach((value, p) => expect(images.data[4 * i + p]).toBeCloseTo(value, 3));
      }
    }
  });

  it('has the right deviation over many images', async () => {
    const { data } = await consistencySample(
      exact,
      {},
      {
        ...options,
        count: 1000,
        batchSize: 500,
        clip: false,
        rng: createRng(1),
      },
    );
    const deviation = Math.sqrt(data.reduce((sum, x) => sum + x * x, 0) / data.length);
    // Four standard errors of a deviation over 4,000 values.
    expect(Math.abs(deviation / DEVIATION - 1)).toBeLessThan(4 / Math.sqrt(8000));
  });

  it('draws the same with a recorded model', async () => {
    const smooth: Model = {
      init: () => ({}),
      apply: (_, x, time) => tf.mul(tf.tanh(x), tf.reshape(tf.div(time, 1000), [-1, 1, 1, 1])),
    };
    const draw = (model: Model) =>
      consistencySample(model, {}, { ...options, sigmas: [80, 1], rng: createRng(2) });
    const [plain, recorded] = [await draw(smooth), await draw(jitModel(smooth))];
    plain.data.forEach((value, p) => expect(recorded.data[p]).toBeCloseTo(value, 5));
  });

  it('refuses levels that don’t fall, or go below the lowest', async () => {
    const draw = (sigmas: number[]) =>
      consistencySample(exact, {}, { ...options, sigmas, rng: createRng(0) });
    await expect(draw([])).rejects.toThrow('consistencySample: sigmas must be at least one noise level');
    await expect(draw([1, 2])).rejects.toThrow('sigmas[1] must be in [0.002, 1), got 2');
    await expect(draw([80, 0.001])).rejects.toThrow('sigmas[1] must be in [0.002, 80)');
  });
});
