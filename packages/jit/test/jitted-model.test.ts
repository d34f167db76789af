import { selectBackend } from '@immiscible/backend';
import { createRng } from '@immiscible/core';
import type { Model } from '@immiscible/core/tensors';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { jit, jitModel } from '../src/index.js';
import { backends, value } from './steps.js';

describe.each(backends)('a jitted model on %s', (backend) => {
  beforeAll(async () => {
    await selectBackend({ backend });
  });
  const model: Model & { name: string } = {
    name: 'line',
    init: () => ({ w: tf.scalar(2) }),
    apply: (params, x, time) => tf.add(tf.mul(x, params['w'] as tf.Tensor), tf.reshape(time, [-1, 1, 1, 1])),
  };

  it('applies the weights that it is given', () => {
    const jitted = jitModel(model);
    const x = tf.ones<tf.Rank.R4>([2, 1, 1, 1]);
    const time = tf.tensor1d([1, 5]);
    expect(jitted.name).toBe('line');
    const params = model.init(createRng(0));
    expect([...jitted.apply(params, x, time).dataSync()]).toEqual([3, 7]);
    expect([...jitted.apply(params, x, tf.tensor1d([0, 1])).dataSync()]).toEqual([2, 3]);
    expect([...jitted.apply({ w: tf.scalar(10) }, x, time).dataSync()]).toEqual([11, 15]);
    expect([...jitted.apply(params, tf.ones([1, 1, 1, 1]), tf.tensor1d([0])).dataSync()]).toEqual([2]);
    jitted.dispose();
    expect([...jitted.apply(params, x, time).dataSync()]).toEqual([3, 7]);
  });

  it('can be differentiated, and be part of a step', () => {
    const jitted = jitModel(model);
    const x = tf.ones<tf.Rank.R4>([2, 1, 1, 1]);
    const loss = (w: tf.Tensor) => tf.sum(jitted.apply({ w }, x, tf.tensor1d([0, 0])));
    expect(value(tf.grad(loss)(tf.scalar(3)))).toBe(2);
    const step = (state: { w: tf.Tensor }) => ({ state, outputs: { y: loss(state.w) } });
    expect(value(jit(step, { state: { w: tf.scalar(4) } }).runSync({}).y)).toBe(8);
  });
});
