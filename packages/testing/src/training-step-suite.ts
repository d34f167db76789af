import { createRng } from '@immiscible/core';
import type { HostInputs, Model, Objective, Params } from '@immiscible/core/tensors';
import * as tf from '@tensorflow/tfjs-core';
import ndarray from 'ndarray';
import { expect, it } from 'vitest';
import { toTensors } from './objective-oracle.js';

/** A training step that another library has taken, with the network {@link threeWeights}. */
export interface TrainingStep {
  /** For the title. */
  readonly name: string;
  /** Makes the objective, once the backend is in use: one that draws what that library has drawn. */
  readonly objective: () => Objective;
  /** Of images and noise, NHWC. */
  readonly shape: readonly number[];
  /** Clean images. */
  readonly x0: readonly number[];
  /** Their noise. */
  readonly noise: readonly number[];
  /** a, b and c of the network. */
  readonly weights: readonly number[];
  /** The loss there. */
  readonly loss: number;
  /** Its gradients by a, b and c. */
  readonly gradients: readonly number[];
  /** What the network divides time by. @defaultValue 1000 */
  readonly timeDivisor?: number;
  /** a, b and c of the running average, where the loss has one. */
  readonly average?: readonly number[];
  /** float32 `[B]` inputs by name, in place of those that the objective draws. */
  readonly drawn?: Readonly<Record<string, readonly number[]>>;
}

/**
 * The network of such fixtures: `a·x + b·tanh(x) + c·time/divisor`.
 *
 * @param timeDivisor - the last
 */
export function threeWeights(timeDivisor: number = 1000): Model {
  return {
    init: () => ({}),
    apply: ({ a, b, c }, x, time) =>
      tf.add(
        tf.add(tf.mul(x, a as tf.Tensor), tf.mul(tf.tanh(x), b as tf.Tensor)),
        tf.mul(tf.reshape(tf.div(time, timeDivisor), [-1, 1, 1, 1]), c as tf.Tensor),
      ),
  };
}

/**
 * Tests: a training step has the loss and the gradients that PyTorch found for the same network, on the backend in use, and keeps no tensor.
 *
 * @param steps - the fixture's, with objectives that draw what it has drawn
 */
export function describeTrainingStep(steps: readonly TrainingStep[]): void {
  it.each(steps)('a training step has PyTorch’s loss and gradients: $name', (step) => {
    const { shape, x0, noise, weights, loss, gradients, average = weights, drawn = {} } = step;
    const host = (values: readonly number[]) => ndarray(Float32Array.from(values), [...shape]);
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const objective = step.objective();
      const inputs = objective.prepare({ x0: host(x0), noise: host(noise) }, createRng(0), 0) as HostInputs;
      const given = Object.entries(drawn).map(([key, values]) => [key, tf.tensor1d([...values])]);
      const tensors = { ...toTensors(inputs), ...(Object.fromEntries(given) as Record<string, tf.Tensor>) };
      const model = threeWeights(step.timeDivisor);
      const paramsOf = ([a, b, c]: readonly tf.Tensor[]) => ({ a, b, c }) as Params;
      const scalars = (values: readonly number[]) => values.map((value) => tf.scalar(value));
      const lossOf = (...params: tf.Tensor[]) =>
        objective.loss(model, paramsOf(params), tensors, paramsOf(scalars(average)));
      const { value, grads } = tf.valueAndGrads(lossOf)(scalars(weights));
      expect((value.dataSync()[0] as number) / loss).toBeCloseTo(1, 4);
      gradients.forEach((gradient, i) =>
        expect(((grads[i] as tf.Tensor).dataSync()[0] as number) / gradient).toBeCloseTo(1, 4),
      );
    });
    expect(tf.memory().numTensors).toBe(before);
  });
}
