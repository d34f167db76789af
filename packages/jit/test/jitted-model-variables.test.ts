import { selectBackend } from '@immiscible/backend';
import type { Model } from '@immiscible/core/tensors';
import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { jitModel } from '../src/index.js';
import { backends, value } from './steps.js';

describe.each(backends)('on %s', (backend) => {
  beforeAll(async () => {
    await selectBackend({ backend });
  });
  afterEach(() => tf.disposeVariables());

  it('a jitted model sees variables among its weights as they are, and refuses others', () => {
    const hidden = tf.variable(tf.scalar(3), true, 'hidden');
    const scale: Model = {
      init: () => ({ w: tf.scalar(2) }),
      apply: (params, x) => tf.mul(x, params['w'] as tf.Tensor),
    };
    const [x, time] = [tf.ones<tf.Rank.R4>([1, 1, 1, 1]), tf.tensor1d([0])];
    const jitted = jitModel(scale);
    const w = tf.variable(tf.scalar(2));
    expect(value(jitted.apply({ w }, x, time))).toBe(2);
    w.assign(tf.scalar(7));
    expect(value(jitted.apply({ w }, x, time))).toBe(7);
    jitted.dispose();
    const hiding = jitModel({ ...scale, apply: (_, input) => tf.mul(input, hidden) });
    expect(() => hiding.apply({ w }, x, time)).toThrow(
      'must not read variables, got the tf.Variable "hidden"',
    );
    expect(() => jitModel(scale, { precison: 'bfloat16' } as never)).toThrow(
      'jitModel: options has no key "precison"',
    );
    hiding.dispose();
  });

  it('a jitted model hands on all options', () => {
    const seeing: Model = {
      init: () => ({}),
      apply: (_, x, __, { labels, dropoutSeed } = {}) =>
        tf.add(x, tf.cast(tf.add(labels as tf.Tensor, dropoutSeed as tf.Tensor), 'float32')),
    };
    const jitted = jitModel(seeing);
    const options = { labels: tf.tensor1d([10], 'int32'), dropoutSeed: tf.scalar(100, 'int32') };
    expect(value(jitted.apply({}, tf.ones([1, 1, 1, 1]), tf.tensor1d([0]), options))).toBe(111);
    jitted.dispose();
  });
});
