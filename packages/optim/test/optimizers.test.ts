import '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import type { GradientTransformation, Params, ScalarTensors } from '@immiscible/core/tensors';
import {
  adam,
  adamW,
  addDecayedWeights,
  applyUpdates,
  chain,
  clipByGlobalNorm,
  flatten,
  rAdam,
  scaleByAdam,
  scaleByLearningRate,
} from '../src/index.js';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';

type Values = Record<string, number[]>;

const fixture = JSON.parse(readFileSync(new URL('./fixtures/optimizers.json', import.meta.url), 'utf8')) as {
  shapes: Values;
  initial: Values;
  gradients: Values[];
  smallGradients: Values[];
  updates: Record<string, Values[]>;
};

const toParams = (values: Values): Params =>
  Object.fromEntries(
    Object.keys(values).map((name) => [name, tf.tensor(values[name]!, fixture.shapes[name]!)]),
  );

const toTensors = (scalars: Readonly<Record<string, number>>): ScalarTensors =>
  Object.fromEntries(Object.entries(scalars).map(([name, value]) => [name, tf.scalar(value)]));

/**
 * The largest error over all steps, parameters and elements, relative to the element; where gradients of both signs
 * cancel, float32 can't do better than a part in a million of the step's largest update.
 */
function worstError(optimizer: GradientTransformation, gradients: Values[], reference: Values[]): number {
  return tf.tidy(() => {
    let params = toParams(fixture.initial);
    let state = optimizer.init(params);
    let worst = 0;
    gradients.forEach((gradient, step) => {
      const next = optimizer.update(toParams(gradient), state, params, toTensors(optimizer.scalars(step)));
      params = applyUpdates(params, next.updates);
      state = next.state;
      const largest = Math.max(...Object.values(reference[step]!).flat().map(Math.abs));
      for (const [name, expected] of Object.entries(reference[step]!)) {
        expect(next.updates[name]!.shape).toEqual(fixture.shapes[name]);
        const ours = next.updates[name]!.dataSync();
        expect(ours).toHaveLength(expected.length);
        expected.forEach((value, i) => {
          worst = Math.max(worst, Math.abs(ours[i]! - value) / (Math.abs(value) + 0.1 * largest));
        });
      }
    });
    return worst;
  });
}

const cases: [name: string, make: () => GradientTransformation, small?: boolean][] = [
  ['adam', () => adam({ learningRate: 0.01 })],
  ['adamOtherBetas', () => adam({ learningRate: 0.1, beta1: 0.5, beta2: 0.9, epsilon: 1e-3 })],
  ['adamSmallGradients', () => adam({ learningRate: 0.01 }), true],
  ['adamW', () => adamW({ learningRate: 0.01, weightDecay: 0.1 })],
  ['rAdam', () => rAdam({ learningRate: 0.01 })],
  ['rAdamSmallGradients', () => rAdam({ learningRate: 0.01 }), true],
  ['clippedAdam', () => chain(clipByGlobalNorm(1), adam({ learningRate: 0.01 }))],
  ['clippedGradientDescent', () => chain(clipByGlobalNorm(1), scaleByLearningRate(1))],
  ['regularizedGradientDescent', () => chain(addDecayedWeights(0.5), scaleByLearningRate(0.1))],
  // Other ways to the same updates.
  ['adam', () => chain(scaleByAdam(), scaleByLearningRate(0.01))],
  [
    'adamW',
    () =>
      chain(
        scaleByAdam(),
        addDecayedWeights(0.1),
        scaleByLearningRate(() => 0.01),
      ),
  ],
  ['clippedAdam', () => chain(chain(clipByGlobalNorm(1)), chain(scaleByAdam(), scaleByLearningRate(0.01)))],
];

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('updates equal those of torch.optim in float64, step by step', () => {
  cases.forEach(([name, make, small], i) => {
    const gradients = small ? fixture.smallGradients : fixture.gradients;
    it(`${name} (${i})`, () => {
      expect(worstError(make(), gradients, fixture.updates[name]!)).toBeLessThan(1e-5);
    });
    it(`${name} (${i}), flattened`, () => {
      expect(worstError(flatten(make()), gradients, fixture.updates[name]!)).toBeLessThan(1e-5);
    });
  });
});

describe('a gradient transformation', () => {
  it.each(cases.map(([name, make], i) => [name, i, make] as const))(
    '%s (%i) gives what it makes and leaks nothing',
    (_, __, make) => {
      for (const optimizer of [make(), flatten(make())]) {
        const params = toParams(fixture.initial);
        const gradients = toParams(fixture.gradients[0]!);
        const scalars = toTensors(optimizer.scalars(0));
        const before = tf.memory().numTensors;
        const state = optimizer.init(params);
        const stateTensors = tf.memory().numTensors - before;
        const next = optimizer.update(gradients, state, params, scalars);
        expect(tf.memory().numTensors).toBe(before + 2 * stateTensors + Object.keys(params).length);
        tf.dispose([next.updates, next.state as tf.TensorContainer]);
        expect(tf.memory().numTensors).toBe(before + stateTensors);
        tf.dispose([params, gradients, scalars, state as tf.TensorContainer]);
      }
    },
  );

  it('flattened, does not depend on the order in which parameters are listed', () => {
    const run = (order: string[]) =>
      tf.tidy(() => {
        const inOrder = (values: Values, names: string[]) =>
          toParams(Object.fromEntries(names.map((name) => [name, values[name]!])));
        const optimizer = flatten(adam({ learningRate: 0.01 }));
        const [params, scalars] = [toParams(fixture.initial), toTensors(optimizer.scalars(0))];
        const first = inOrder(fixture.gradients[0]!, order);
        const { state } = optimizer.update(first, optimizer.init(params), params, scalars);
        const second = inOrder(fixture.gradients[1]!, [...order].reverse());
        const { updates } = optimizer.update(second, state, params, scalars);
        return ['bias', 'gain', 'kernel'].map((name) => [...updates[name]!.dataSync()]);
      });
    expect(run(['kernel', 'gain', 'bias'])).toEqual(run(['gain', 'bias', 'kernel']));
  });

  it('has the same scalar names at every step', () => {
    for (const [, make] of cases) {
      const names = Object.keys(make().scalars(0));
      for (const step of [1, 5, 6, 100000]) expect(Object.keys(make().scalars(step))).toEqual(names);
    }
  });

  it('has finite scalars after ten million steps', () => {
    for (const [, make] of cases) {
      for (const value of Object.values(make().scalars(1e7))) expect(Number.isFinite(value)).toBe(true);
    }
  });
});
