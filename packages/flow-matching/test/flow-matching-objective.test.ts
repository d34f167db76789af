import '@tensorflow/tfjs';
import { createRng } from '@immiscible/core';
import { describeObjective, objectiveLaws } from '@immiscible/testing';
import * as tf from '@tensorflow/tfjs-core';
import ndarray from 'ndarray';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  flowMatchingObjective,
  logitNormalTimes,
  stratifiedTimes,
  uniformTimes,
} from '@immiscible/flow-matching';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const flow = (timeScale?: number) => ({
  objective: flowMatchingObjective(timeScale === undefined ? {} : { timeScale }),
  noisy: (x0: number, noise: number, time: number) => {
    const t = time / (timeScale ?? 1000);
    return (1 - t) * x0 + t * noise;
  },
  target: (x0: number, noise: number) => noise - x0,
});

describeObjective('rectified flow', () => flow());
describeObjective('rectified flow, time in [0, 1]', () => flow(1));
for (const [name, times] of Object.entries({ stratifiedTimes, logitNormalTimes: logitNormalTimes() })) {
  describeObjective(`rectified flow, ${name}`, () => ({
    ...flow(),
    objective: flowMatchingObjective({ times }),
  }));
}

describe('the contract suite', () => {
  it('fails a velocity that points the other way', () => {
    const reversed = { ...flow(), target: (x0: number, noise: number) => x0 - noise };
    expect(() => objectiveLaws[0]!.check(reversed)).toThrow();
  });

  it('fails an objective whose target has noise of its own', () => {
    const { objective, ...formulas } = flow();
    const broken: typeof objective = {
      ...objective,
      loss: (model, params, inputs) =>
        tf.tidy(() => {
          const other = { ...inputs, noise: tf.reverse(inputs.noise, 0) };
          const xt = tf.add(
            inputs.x0,
            tf.mul(tf.reshape(inputs.t, [-1, 1, 1, 1]), tf.sub(inputs.noise, inputs.x0)),
          );
          const keepsXt = {
            ...model,
            apply: ((p, _, time, o) => model.apply(p, xt as tf.Tensor4D, time, o)) as typeof model.apply,
          };
          return objective.loss(keepsXt, params, other);
        }),
    };
    expect(() => objectiveLaws[0]!.check({ objective: broken, ...formulas })).toThrow();
  });
});

describe('uniformTimes', () => {
  it('draws evenly from [0, 1)', () => {
    const times = uniformTimes(20_000, createRng(1)).sort();
    // Kolmogorov–Smirnov: 1.95/√n is exceeded once in a thousand times.
    const gap = times.reduce((worst, t, i) => Math.max(worst, Math.abs(t - (i + 0.5) / times.length)), 0);
    expect(gap).toBeLessThan(1.95 / Math.sqrt(times.length));
    expect(times[0]).toBeGreaterThanOrEqual(0);
    expect(times.at(-1)).toBeLessThan(1);
  });
});

describe('stratifiedTimes', () => {
  it('draws one time in each part, in random order', () => {
    const times = stratifiedTimes(50, createRng(1));
    expect([...times].map((t) => Math.floor(t * 50)).sort((a, b) => a - b)).toEqual([...Array(50).keys()]);
    expect([...times]).not.toEqual([...times].sort((a, b) => a - b));
  });
});

describe('logitNormalTimes', () => {
  it('draws times whose logits have the mean and deviation asked for, within [0, 1]', () => {
    const n = 20_000;
    const logits = Array.from(logitNormalTimes({ mean: 0.5, std: 0.8 })(n, createRng(1)), (t) =>
      Math.log(t / (1 - t)),
    );
    const mean = logits.reduce((a, b) => a + b) / n;
    const sd = Math.sqrt(logits.reduce((sum, x) => sum + (x - mean) ** 2, 0) / n);
    // Four standard errors each.
    expect(Math.abs(mean - 0.5)).toBeLessThan((4 * 0.8) / Math.sqrt(n));
    expect(Math.abs(sd / 0.8 - 1)).toBeLessThan(4 / Math.sqrt(2 * n));
    expect([...logitNormalTimes({ mean: 1000 })(2, createRng(1))]).toEqual([1, 1]);
    expect([...logitNormalTimes({ mean: -1000 })(2, createRng(1))]).toEqual([0, 0]);
  });

  it('refuses constants that are none', () => {
    expect(() => logitNormalTimes({ mean: NaN })).toThrow(/mean must be finite/);
    expect(() => logitNormalTimes({ std: -1 })).toThrow(/std must be at least 0/);
  });
});

describe('flowMatchingObjective', () => {
  const images = () => ndarray(createRng(1).fillNormal(new Float32Array(4)), [4, 1, 1, 1]);

  it('takes its times from another draw, and refuses one that leaves [0, 1] or has the wrong size', () => {
    const at = (...values: number[]) => flowMatchingObjective({ times: () => Float32Array.from(values) });
    const batch = { x0: images(), noise: images() };
    expect([...at(0, 0.25, 1, 0.5).prepare(batch, createRng(0), 0).t.data]).toEqual([0, 0.25, 1, 0.5]);
    expect(() => at(0, 0.25, 1.5, 0.5).prepare(batch, createRng(0), 0)).toThrow(/in \[0, 1\], got 1.5/);
    expect(() => at(0).prepare(batch, createRng(0), 0)).toThrow(/a draw of 4 values/);
  });

  it('refuses a time scale that is not positive, and parts that do not fit', () => {
    expect(() => flowMatchingObjective({ timeScale: 0 })).toThrow(/timeScale must be positive, got 0/);
    const batch = { x0: images(), noise: ndarray(new Float32Array(4), [2, 2, 1, 1]) };
    expect(() => flowMatchingObjective().prepare(batch, createRng(0), 0)).toThrow(
      /batch.noise must be of shape/,
    );
  });
});
