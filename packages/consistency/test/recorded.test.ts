import '@tensorflow/tfjs';
import { selectBackend } from '@immiscible/backend';
import { createRng } from '@immiscible/core';
import type { Model, Objective, Params, Tensors } from '@immiscible/core/tensors';
import {
  consistencyDistillation,
  type ConsistencyInputs,
  consistencyTraining,
  easyConsistencyTuning,
  improvedConsistencyTraining,
} from '@immiscible/consistency';
import { eager, jit } from '@immiscible/jit';
import { availableBackends, toTensors } from '@immiscible/testing';
import * as tf from '@tensorflow/tfjs-core';
import ndarray from 'ndarray';
import { beforeAll, describe, expect, it } from 'vitest';

const model: Model = {
  init: () => ({}),
  apply: ({ a, b }, x, time) =>
    tf.add(
      tf.mul(tf.tanh(x), a as tf.Tensor),
      tf.mul(tf.reshape(tf.div(time, 1000), [-1, 1, 1, 1]), b as tf.Tensor),
    ),
};
const denoiser: Model = {
  init: () => ({}),
  apply: ({ gain }, x, sigma) =>
    tf.div(tf.mul(x, gain as tf.Tensor), tf.reshape(tf.add(tf.square(sigma), 1), [-1, 1, 1, 1])),
};
const objectives: Record<string, () => Objective<ConsistencyInputs>> = {
  consistencyTraining: () => consistencyTraining({ steps: 100, first: 10 }),
  improvedConsistencyTraining: () => improvedConsistencyTraining({ steps: 100 }),
  easyConsistencyTuning: () => easyConsistencyTuning({ stageSteps: 10 }),
  consistencyDistillation: () =>
    consistencyDistillation({ teacher: { denoiser, params: { gain: tf.scalar(0.9) } } }),
};

describe.each(await availableBackends(selectBackend))('on %s', (backend) => {
  beforeAll(async () => {
    await selectBackend({ backend });
  });

  it.each(Object.keys(objectives))('%s is trained by a recorded step as by one that is not', async (name) => {
    const objective = (objectives[name] as () => Objective<ConsistencyInputs>)();
    const step = (
      { params, average }: { params: Params; average: Params },
      inputs: Tensors<ConsistencyInputs>,
    ) => {
      const lossOf = (a: tf.Tensor, b: tf.Tensor) => objective.loss(model, { a, b }, inputs, average);
      const { value, grads } = tf.valueAndGrads(lossOf)([params['a'] as tf.Tensor, params['b'] as tf.Tensor]);
      const [da, db] = grads as [tf.Tensor, tf.Tensor];
      const next = {
        a: tf.sub(params['a'] as tf.Tensor, tf.mul(da, 0.01)),
        b: tf.sub(params['b'] as tf.Tensor, tf.mul(db, 0.01)),
      };
      return { state: { params: next, average }, outputs: { loss: value } };
    };
    const weights = () => ({ a: tf.scalar(0.4), b: tf.scalar(-0.2) });
    const train = async (compile: typeof jit) => {
      const running = compile(step as never, { state: { params: weights(), average: weights() } as never });
      const rng = createRng(3);
      const losses: number[] = [];
      for (let k = 0; k < 4; k++) {
        const images = () => ndarray(rng.fillNormal(new Float32Array(16)), [4, 2, 2, 1]);
        const host = objective.prepare({ x0: images(), noise: images() }, rng.split(k), k);
        const inputs = toTensors(host);
        const { loss } = (await running.run(inputs as never)) as { loss: tf.Scalar };
        losses.push((await loss.data())[0] as number);
      }
      running.dispose();
      return losses;
    };
    const [recorded, plain] = [await train(jit), await train(eager as typeof jit)];
    expect(recorded).toBeAllClose(plain, { rtol: 1e-4 });
    expect(new Set(plain).size).toBe(4);
  });
});
