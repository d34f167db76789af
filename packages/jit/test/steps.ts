// Steps to record: one that trains a perceptron, and one that adds.
import { selectBackend } from '@immiscible/backend';
import { createRng } from '@immiscible/core';
import { availableBackends } from '@immiscible/testing';
import * as tf from '@tensorflow/tfjs-core';

export const backends = await availableBackends(selectBackend);

export const normal = (shape: number[], stream: string): tf.Tensor =>
  tf.tensor(
    createRng(3)
      .split(stream)
      .fillNormal(new Float32Array(shape.reduce((a, b) => a * b, 1))),
    shape,
  );

type Weights = { w1: tf.Tensor; b1: tf.Tensor; w2: tf.Tensor };
type State = { weights: Weights; momentum: Weights };
type Inputs = { x: tf.Tensor; y: tf.Tensor; rate: tf.Tensor };

/** A perceptron with one hidden layer, trained by momentum. */
export const perceptron = (state: State, { x, y, rate }: Inputs) => {
  const loss = (w1: tf.Tensor, b1: tf.Tensor, w2: tf.Tensor): tf.Scalar =>
    tf.mean(tf.squaredDifference(tf.matMul(tf.tanh(tf.add(tf.matMul(x, w1), b1)), w2), y));
  const { w1, b1, w2 } = state.weights;
  const { value, grads } = tf.valueAndGrads(loss as (...args: tf.Tensor[]) => tf.Scalar)([w1, b1, w2]);
  const [d1, db, d2] = grads as [tf.Tensor, tf.Tensor, tf.Tensor];
  const momentum = {
    w1: tf.add(tf.mul(state.momentum.w1, 0.9), d1),
    b1: tf.add(tf.mul(state.momentum.b1, 0.9), db),
    w2: tf.add(tf.mul(state.momentum.w2, 0.9), d2),
  };
  const weights = {
    w1: tf.sub(w1, tf.mul(momentum.w1, rate)),
    b1: tf.sub(b1, tf.mul(momentum.b1, rate)),
    w2: tf.sub(w2, tf.mul(momentum.w2, rate)),
  };
  return { state: { weights, momentum }, outputs: { loss: value } };
};
export const first = (): State => {
  const weights = { w1: normal([4, 8], 'w1'), b1: tf.zeros([8]), w2: normal([8, 2], 'w2') };
  return { weights, momentum: { w1: tf.zeros([4, 8]), b1: tf.zeros([8]), w2: tf.zeros([8, 2]) } };
};
export const batch = (n: number): Inputs => ({
  x: normal([n, 4], `x${n}`),
  y: normal([n, 2], `y${n}`),
  rate: tf.scalar(0.05),
});
export const value = (tensor: tf.Tensor | undefined) => tensor?.dataSync()[0] as number;

export type Sums = { sum: tf.Tensor };
export type By = { by: tf.Tensor };
export const adding = (state: Sums, { by }: By) => ({
  state: { sum: tf.add(state.sum, by) },
  outputs: { sum: tf.mul(state.sum, 1) },
});
