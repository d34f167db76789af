import '@tensorflow/tfjs';
import { readFileSync } from 'node:fs';
import { type Predict } from '@immiscible/sampling';
import { linearSchedule, type Prediction } from '@immiscible/schedulers';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { diffusionSteps } from './diffusion-steps.js';
import { ancestralUpdate, ddimUpdate, type Variance } from './transitions.js';

interface Case {
  readonly sampler: 'ddim' | 'ddpm';
  readonly prediction: Prediction;
  readonly clip: boolean;
  readonly index: number;
  readonly eta: number;
  readonly variance: Variance;
  readonly next: readonly number[];
}
interface Run {
  readonly prediction: Prediction;
  readonly clip: boolean;
  readonly spacing: 'leading' | 'trailing';
  readonly x0: readonly number[];
}
interface Fixture {
  readonly sample: number[];
  readonly output: number[];
  readonly noise: number[];
  readonly single: readonly Case[];
  readonly runs: readonly Run[];
}
const fixture: Fixture = JSON.parse(
  readFileSync(new URL('../test/fixtures/steps.json', import.meta.url), 'utf8'),
);
const image = (values: number[]) => tf.tensor4d(values, [1, 1, 3, 1]);
const rest = {
  schedule: linearSchedule(),
  count: 1,
  imageShape: [1, 3, 1],
  rng: undefined as never,
} as const;

function expectImage(actual: tf.Tensor, expected: readonly number[]): void {
  // float32 with coefficients up to 157 where ε is divided by √ᾱ.
  actual.dataSync().forEach((value, i) => {
    expect(Math.abs(value - expected[i]!)).toBeLessThan(2e-5 * Math.max(1, Math.abs(expected[i]!)));
  });
}

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('one step', () => {
  it.each(fixture.single)(
    "is diffusers': $sampler, $prediction, clip $clip, step $index of 10, η $eta, $variance",
    ({ sampler, prediction, clip, index, eta, variance, next }) => {
      const steps = diffusionSteps(
        'test',
        { ...rest, prediction, steps: 10, clip: clip && [-1, 1] },
        {
          transition: (from, to) =>
            sampler === 'ddim' ? ddimUpdate(from, to, eta) : ancestralUpdate(from, to, variance),
        },
      );
      tf.tidy(() => {
        const draw = () => image(fixture.noise);
        expectImage(
          steps[index]!.update(image(fixture.sample), () => image(fixture.output), draw, []) as tf.Tensor4D,
          next,
        );
      });
    },
  );
});

describe('ten steps of DDIM', () => {
  it.each(fixture.runs)(
    "end where diffusers' do: $prediction, clip $clip, $spacing",
    ({ x0, clip, ...run }) => {
      const steps = diffusionSteps(
        'test',
        { ...rest, ...run, steps: 10, clip: clip && [-1, 1] },
        { transition: (from, to) => ddimUpdate(from, to, 0) },
      );
      tf.tidy(() => {
        const predict: Predict = (x, t) => tf.add(tf.mul(x, 0.4), 0.0003 * (t as number) - 0.1);
        const end = steps.reduce(
          (x, step) => step.update(x, predict, () => x, []) as tf.Tensor4D,
          image(fixture.sample),
        );
        expectImage(end, x0);
      });
    },
  );
});
