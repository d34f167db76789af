import '@tensorflow/tfjs';
import { selectBackend } from '@immiscible/backend';
import { createRng } from '@immiscible/core';
import type { Model } from '@immiscible/core/tensors';
import { ddimSample, diffusionDenoiser } from '@immiscible/ddim';
import { jitModel } from '@immiscible/jit';
import {
  conversionForm,
  cosineSchedule,
  linearSchedule,
  noiseSchedule,
  rescaleZeroTerminalSnr,
  scalesAt,
} from '@immiscible/schedulers';
import { availableBackends, expectNoLeak } from '@immiscible/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';

const schedule = linearSchedule();
const sigmaOf = (t: number, of = schedule) => {
  const { signalScale, noiseScale } = scalesAt(of, t);
  return noiseScale / signalScale;
};
const timesteps = [0, 7, 300, 998, 999];
const x = () => tf.tensor4d([0.3, -1.2, 2.5, 0.01, -0.7], [5, 1, 1, 1]);
/** A model that answers with its time. */
const clock: Model = {
  init: () => ({}),
  apply: (_, xt, time) => tf.mul(tf.onesLike(xt), tf.reshape(time, [-1, 1, 1, 1])),
};

describe.each(await availableBackends(selectBackend))('diffusionDenoiser on %s', (backend) => {
  beforeAll(async () => {
    await selectBackend({ backend });
  });

  it.each(['epsilon', 'x0', 'vPrediction'] as const)(
    'is the best denoiser of Gaussian data where its model is the best of its kind: %s',
    async (prediction) => {
      // x0 ~ N(0.2, 0.3²): E[x0 | x] = (0.09·x + σ²·0.2)/(0.09 + σ²), turned into what the model predicts.
      const best: Model = {
        init: () => ({}),
        apply: (_, xt, time) => {
          const values = Array.from(xt.dataSync(), (value, i) => {
            const scales = scalesAt(schedule, Math.round(time.dataSync()[i] as number));
            const { signalScale: s, noiseScale: n } = scales;
            const x0 = 0.2 + ((0.09 * s) / (0.09 * s * s + n * n)) * (value - s * 0.2);
            const form = conversionForm('x0', prediction, scales);
            return form.xt * value + form.output * x0;
          });
          return tf.tensor4d(values, xt.shape);
        },
      };
      const denoiser = diffusionDenoiser(best, { schedule, prediction });
      const sigmas = timesteps.map((t) => sigmaOf(t));
      await expectNoLeak(() =>
        tf.tidy(() => {
          const values = x()
            .dataSync()
            .map((value, i) => value * (1 + (sigmas[i] as number)));
          const noisy = tf.tensor4d(values, [5, 1, 1, 1]);
          const expected = Array.from(values, (value, i) => {
            const power = (sigmas[i] as number) ** 2;
            return (0.09 * value + power * 0.2) / (0.09 + power);
          });
          const denoised = denoiser.apply({}, noisy, tf.tensor1d(sigmas));
          // From epsilon it is the small difference of numbers as large as σ.
          expect(denoised).toBeAllClose(expected, {
            rtol: 1e-4,
            atol: prediction === 'epsilon' ? 1e-4 : 1e-5,
          });
          return [];
        }),
      );
    },
  );

  it('asks its model at the timestep of the level, half-way between two in the middle of ln σ', () => {
    tf.tidy(() => {
      const denoiser = diffusionDenoiser(clock, { schedule, prediction: 'x0' });
      const at = (sigmas: number[]) =>
        denoiser.apply({}, tf.zeros([sigmas.length, 1, 1, 1]), tf.tensor1d(sigmas)).dataSync();
      expect(at(timesteps.map((t) => sigmaOf(t)))).toBeAllClose(timesteps, { rtol: 0, atol: 2e-3 });
      expect(at([7, 300, 998].map((t) => Math.sqrt(sigmaOf(t) * sigmaOf(t + 1))))).toBeAllClose(
        [7.5, 300.5, 998.5],
        { rtol: 0, atol: 2e-3 },
      );
      expect(at([1e-4, 1e4])).toBeAllClose([0, 999], { rtol: 0, atol: 1e-4 });
      expect(jitModel(denoiser).apply({}, tf.zeros([2, 1, 1, 1]), tf.tensor1d([1e-4, 1e4]))).toBeAllClose([
        0, 999,
      ]);
    });
  });

  it.each(['epsilon', 'vPrediction'] as const)(
    'has for its ODE in σ, by Euler’s method, the steps of DDIM: %s',
    async (prediction) => {
      const model: Model = {
        init: () => ({}),
        apply: (_, xt, time) =>
          tf.mul(tf.sin(xt), tf.reshape(tf.div(tf.add(time, 200), 1500), [-1, 1, 1, 1])),
      };
      const visited = [999, 700, 350, 20];
      const rng = createRng(1);
      const shape = { count: 2, imageShape: [2, 2, 1] } as const;
      const images = await ddimSample(
        model,
        {},
        { schedule, prediction, ...shape, rng, timesteps: visited, clip: false },
      );
      // Song et al. 2021, Eq. 13 and 14: in x/√ᾱ against σ.
      const denoiser = diffusionDenoiser(model, { schedule, prediction });
      const start = [0, 1].flatMap((i) => [...rng.split(i).fillNormal(new Float32Array(4))]);
      tf.tidy(() => {
        let x = tf.tensor4d(
          start.map((z) => z / scalesAt(schedule, 999).signalScale),
          [2, 2, 2, 1],
        );
        visited.forEach((t, i) => {
          const [sigma, next] = [sigmaOf(t), i === 3 ? 0 : sigmaOf(visited[i + 1] as number)];
          const slope = tf.div(tf.sub(x, denoiser.apply({}, x, tf.fill([2], sigma) as tf.Tensor1D)), sigma);
          x = tf.add(x, tf.mul(slope, next - sigma));
        });
        expect(x).toBeAllClose(images, { rtol: 1e-3, atol: 1e-3 });
      });
    },
  );

  it('stays within timesteps that have any signal', () => {
    tf.tidy(() => {
      const zero = rescaleZeroTerminalSnr(cosineSchedule({ timesteps: 10 }));
      const denoiser = diffusionDenoiser(clock, { schedule: zero, prediction: 'x0' });
      const answer = denoiser.apply({}, tf.zeros([2, 1, 1, 1]), tf.tensor1d([sigmaOf(3, zero), 1e6]));
      expect(answer).toBeAllClose([3, 8], { atol: 1e-4 });
    });
  });
});

describe('diffusionDenoiser', () => {
  it('refuses predictions it does not know, and a schedule of one timestep', () => {
    expect(() => diffusionDenoiser(clock, { schedule, prediction: 'velocity' as never })).toThrow(
      'diffusionDenoiser: prediction must be "epsilon", "x0" or "vPrediction", got "velocity"',
    );
    const one = noiseSchedule([0.5]);
    expect(() => diffusionDenoiser(clock, { schedule: one, prediction: 'x0' })).toThrow(
      'at least two timesteps',
    );
  });
});
