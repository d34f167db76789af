import '@tensorflow/tfjs';
import { readFileSync } from 'node:fs';
import { selectBackend } from '@immiscible/backend';
import { type Batch, createRng } from '@immiscible/core';
import type { Model, Objective, Params } from '@immiscible/core/tensors';
import {
  consistencyDistillation,
  consistencyFunction,
  type ConsistencyInputs,
  consistencyTraining,
  easyConsistencyTuning,
  improvedConsistencyTraining,
} from '@immiscible/consistency';
import {
  availableBackends,
  describeTrainingStep,
  threeWeights,
  toTensors,
  type TrainingStep,
} from '@immiscible/testing';
import * as tf from '@tensorflow/tfjs-core';
import ndarray from 'ndarray';
import { beforeAll, describe, expect, it } from 'vitest';

interface Fixture {
  x0: number[];
  noise: number[];
  shape: [number, number, number, number];
  teacher: number[];
  student: number[];
  steps: {
    name: string;
    high: number[];
    low: number[];
    weight: number[];
    loss: number;
    gradients: number[];
  }[];
}
const fixture = JSON.parse(
  readFileSync(new URL('fixtures/consistency.json', import.meta.url), 'utf8'),
) as Fixture;

const model = threeWeights();
const weights = ([a, b, c]: number[]): Params => ({
  a: tf.scalar(a as number),
  b: tf.scalar(b as number),
  c: tf.scalar(c as number),
});
const objectives: Record<string, Objective<ConsistencyInputs>> = {
  consistencyTraining: consistencyTraining({ steps: 100 }),
  improvedConsistencyTraining: improvedConsistencyTraining({ steps: 100 }),
  easyConsistencyTuning: easyConsistencyTuning({ stageSteps: 10 }),
};
/** The fixture's diffusion model, neither right nor linear. */
const denoiser: Model = {
  init: () => ({}),
  apply: ({ gain }, x, sigma) => {
    const s = tf.reshape(sigma, [-1, 1, 1, 1]);
    const bent = tf.tanh(tf.div(tf.mul(x, gain as tf.Tensor), tf.add(tf.square(s), 1)));
    return tf.add(bent, tf.div(tf.mul(x, 0.1), tf.add(s, 1)));
  },
};
/** By names in the fixture; made where a backend is in use. */
const distillations = (): Record<string, Objective<ConsistencyInputs>> => {
  const teacher = { denoiser, params: { gain: tf.scalar(0.8) } };
  return {
    'consistencyDistillation, Euler': consistencyDistillation({ teacher, order: 1 }),
    'consistencyDistillation, Heun': consistencyDistillation({ teacher }),
    'consistencyDistillation, pseudo-Huber': consistencyDistillation({ teacher, huber: 0.00054 }),
  };
};
const batch = (labels = false): Batch => ({
  x0: ndarray(Float32Array.from(fixture.x0), [...fixture.shape]),
  noise: ndarray(Float32Array.from(fixture.noise), [...fixture.shape]),
  ...(labels && { labels: Int32Array.of(2, 0, 1) }),
});

describe.each(await availableBackends(selectBackend))('on %s', (backend) => {
  beforeAll(async () => {
    await selectBackend({ backend });
  });

  const { shape, x0, noise, student, teacher } = fixture;
  const steps = fixture.steps.map(({ name, high, low, weight, loss, gradients }): TrainingStep => {
    const objective = () => ({ ...objectives, ...distillations() })[name] as Objective;
    const drawn = { high, low, weight };
    return { name, objective, shape, x0, noise, weights: student, average: teacher, drawn, loss, gradients };
  });
  describeTrainingStep(steps);
});

describe.each(Object.entries(objectives))('%s', (_, objective) => {
  beforeAll(async () => {
    await selectBackend({ backend: 'cpu' });
  });

  /** What the network was given in one loss, and the inputs that it came from. */
  function calls(of: Batch, seed = 5) {
    const seen: { x: Float32Array; time: Float32Array; labels: unknown; dropout: unknown }[] = [];
    const watching: Model = {
      ...model,
      apply: (params, x, time, options = {}) => {
        const { labels, dropoutSeed } = options;
        seen.push({
          x: x.dataSync() as Float32Array,
          time: time.dataSync() as Float32Array,
          labels: labels && [...labels.dataSync()],
          dropout: dropoutSeed?.dataSync()[0],
        });
        return model.apply(params, x, time, options);
      },
    };
    const host = objective.prepare(of, createRng(seed), 40);
    tf.tidy(() => {
      const tensors = toTensors(host);
      objective.loss(watching, weights(fixture.student), tensors as never, weights(fixture.teacher));
    });
    return { seen, host };
  }

  it('has the batch’s own noise, row for row, at both levels, however it was dealt out', () => {
    for (const turned of [false, true]) {
      const own = batch();
      if (turned) own.noise.data.reverse();
      const { seen, host } = calls(own);
      expect(seen).toHaveLength(2);
      for (const level of ['low', 'high'] as const) {
        const expected = Float32Array.from(own.x0.data, (x, p) => {
          const sigma = host[level].data[p >> 2] as number;
          return (x + sigma * (own.noise.data[p] as number)) / Math.sqrt(sigma ** 2 + 0.25);
        });
        const { x } = seen[level === 'low' ? 0 : 1] as (typeof seen)[0];
        expected.forEach((value, p) => expect(x[p]).toBeCloseTo(value, 5));
      }
    }
  });

  it('has one dropout and the labels for both passes', () => {
    const { seen, host } = calls(batch(true));
    for (const { labels, dropout } of seen) {
      expect(labels).toEqual([2, 0, 1]);
      expect(dropout).toBe(host.dropoutSeed.data[0]);
    }
    expect(calls(batch()).seen[0]?.labels).toBeUndefined();
  });

  it('prepares pairs in order, the same for the same stream, of one form over the run', () => {
    const form = (step: number) =>
      Object.entries(objective.prepare(batch(), createRng(step), step)).map(([name, { shape, dtype }]) => [
        name,
        shape,
        dtype,
      ]);
    expect(form(99)).toEqual(form(0));
    const at = (seed: number) => objective.prepare(batch(), createRng(seed), 7);
    expect(at(1)).toEqual(at(1));
    expect(at(1).high.data).not.toEqual(at(2).high.data);
    at(3).high.data.forEach((high, i) => expect(high).toBeGreaterThan(at(3).low.data[i] as number));
  });
});

describe('consistencyFunction', () => {
  it('is the identity at the lowest level', async () => {
    await selectBackend({ backend: 'cpu' });
    tf.tidy(() => {
      const x = tf.tensor(fixture.x0, fixture.shape) as tf.Tensor4D;
      for (const sigmaMin of [0, 0.002]) {
        const f = consistencyFunction(model, { sigmaMin });
        const y = f.apply(weights(fixture.student), x, tf.fill([3], sigmaMin) as tf.Tensor1D);
        expect([...y.dataSync()]).toEqual([...x.dataSync()]);
      }
    });
  });
});

describe('options', () => {
  it('are refused where they can’t be', () => {
    expect(() => consistencyTraining({ steps: 0 })).toThrow('consistencyTraining: steps must be');
    expect(() => consistencyTraining({ steps: 1, sigmaMax: 0.001 })).toThrow('sigmaMax must be above');
    expect(() => improvedConsistencyTraining({ steps: 9, huber: 0 })).toThrow('huber must be positive');
    expect(() => easyConsistencyTuning({ stageSteps: 5, sigmaMin: 0.1 })).toThrow('sigmaMin must be 0');
    expect(() => objectives['consistencyTraining']?.loss(model, {}, {} as never)).toThrow(
      'train with a teacher or an ema: it is the teacher',
    );
  });
});
