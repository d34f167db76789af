import '@tensorflow/tfjs';
import { readFileSync } from 'node:fs';
import { selectBackend } from '@immiscible/backend';
import { createRng } from '@immiscible/core';
import type { Model, Params } from '@immiscible/core/tensors';
import { flowMatchingObjective } from '@immiscible/flow-matching';
import { availableBackends } from '@immiscible/testing';
import * as tf from '@tensorflow/tfjs-core';
import ndarray from 'ndarray';
import { beforeAll, describe, expect, it } from 'vitest';

interface Step {
  readonly shape: readonly number[];
  readonly x0: readonly number[];
  readonly noise: readonly number[];
  readonly times: readonly number[];
  readonly weights: readonly number[];
  readonly loss: number;
  readonly gradients: readonly number[];
}
const fixture = JSON.parse(readFileSync(new URL('fixtures/training.json', import.meta.url), 'utf8')) as Step;

/** The fixture's network of three weights. */
const model: Model = {
  init: () => ({}),
  apply: ({ a, b, c }, x, time) =>
    tf.add(
      tf.add(tf.mul(x, a as tf.Tensor), tf.mul(tf.tanh(x), b as tf.Tensor)),
      tf.mul(tf.reshape(tf.div(time, 1000), [-1, 1, 1, 1]), c as tf.Tensor),
    ),
};
const batch = () => ({
  x0: ndarray(Float32Array.from(fixture.x0), [...fixture.shape]),
  noise: ndarray(Float32Array.from(fixture.noise), [...fixture.shape]),
});

describe.each(await availableBackends(selectBackend))('on %s', (backend) => {
  beforeAll(async () => {
    await selectBackend({ backend });
  });

  it('a training step has PyTorch’s loss and gradients', () => {
    const { loss, gradients } = fixture;
    const objective = flowMatchingObjective({ times: () => Float32Array.from(fixture.times) });
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const inputs = Object.fromEntries(
        Object.entries(objective.prepare(batch(), createRng(0), 0)).map(([name, { data, shape }]) => [
          name,
          tf.tensor(data, shape, data instanceof Int32Array ? 'int32' : 'float32'),
        ]),
      );
      const lossOf = (...[a, b, c]: tf.Tensor[]) =>
        objective.loss(model, { a, b, c } as Params, inputs as never);
      const { value, grads } = tf.valueAndGrads(lossOf)(fixture.weights.map((w) => tf.scalar(w)));
      expect((value.dataSync()[0] as number) / loss).toBeCloseTo(1, 4);
      gradients.forEach((gradient, i) =>
        expect(((grads[i] as tf.Tensor).dataSync()[0] as number) / gradient).toBeCloseTo(1, 4),
      );
    });
    expect(tf.memory().numTensors).toBe(before);
  });
});
