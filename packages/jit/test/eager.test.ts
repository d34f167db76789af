import { selectBackend } from '@immiscible/backend';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { eager, jit } from '../src/index.js';
import { type Sums, value } from './steps.js';

describe('operation by operation', () => {
  beforeAll(async () => {
    await selectBackend({ backend: 'cpu' });
  });

  it('a step may not change the tensors that it has from outside', async () => {
    let outside: tf.Tensor = tf.scalar(1);
    const running = jit((state: Sums) => ({ state, outputs: { y: tf.mul(outside, 2) } }), {
      state: { sum: tf.scalar(0) },
    });
    expect(value((await running.run({})).y)).toBe(2);
    outside = tf.scalar(5);
    await expect(running.run({})).rejects.toThrow(
      /^jit: a step must use the same tensors from outside at each run, got another float32 \[\] for Multiply; pass it as state or input$/,
    );
    running.dispose();
  });

  it('eager takes a step as it is', async () => {
    const weight = tf.variable(tf.scalar(3));
    const running = eager(
      (state: Sums) => ({ state: { sum: tf.scalar(value(state.sum) + value(weight)) }, outputs: [] }),
      {
        state: { sum: tf.scalar(1) },
      },
    );
    await running.run([]);
    expect(value((await running.readState()).sum)).toBe(4);
    expect(() => eager((state: Sums) => ({ state, outputs: [] }), { state: { sum: 1 } } as never)).toThrow(
      'eager: state sum must be a tensor, got number',
    );
  });
});
