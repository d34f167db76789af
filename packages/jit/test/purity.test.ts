// A step is accepted, or refused in the same words, whatever engine it runs on.
import { selectBackend } from '@immiscible/backend';
import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { jit } from '../src/index.js';
import { backends, type By, type Sums, value } from './steps.js';

describe.each(backends)('on %s', (backend) => {
  beforeAll(async () => {
    await selectBackend({ backend });
  });
  afterEach(() => tf.disposeVariables());

  /** What the first run of a step ends with; the state stays as it was, and nothing is left behind but what a failing gradient saved. */
  async function refusal(step: (state: Sums, inputs: By) => unknown): Promise<string> {
    const running = jit(step as never, { state: { sum: tf.scalar(7) } });
    const error = await running.run({ by: tf.scalar(2) } as never).then(
      () => new Error('nothing thrown'),
      (thrown: unknown) => thrown as Error,
    );
    expect(value(((await running.readState()) as Sums).sum)).toBe(7);
    running.dispose();
    expect(Object.keys(tf.engine())).not.toContain('runKernel');
    expect(value(tf.add(1, 2))).toBe(3);
    // The same at the call, given inputs.
    expect(() =>
      jit(step as never, { state: { sum: tf.scalar(7) }, inputs: { by: tf.scalar(2) } as never }),
    ).toThrow(error.message);
    return error.message;
  }

  it('a variable that is read is named, with what to do', async () => {
    const weight = tf.variable(tf.tensor1d([1, 2]), true, 'scale');
    const message =
      /^jit: a step must not read variables, got the tf\.Variable "scale", float32 \[2\], for (Mul|Multiply); make it state: put its value into \{ state \}/;
    expect(await refusal((state, { by }) => ({ state, outputs: { y: tf.mul(weight, by) } }))).toMatch(
      message,
    );
    expect(
      await refusal((state, { by }) => ({
        state: { sum: tf.add(state.sum, tf.sum(weight)) },
        outputs: { by },
      })),
    ).toContain('the tf.Variable "scale", float32 [2], for Sum; make it state');
    expect(await refusal((state) => ({ state, outputs: { weight } }))).toContain(
      '"scale", float32 [2], returned; make it state',
    );
    expect(await refusal((state) => ({ state, outputs: { y: tf.tensor1d(weight.dataSync()) } }))).toContain(
      '"scale", float32 [2], looked at; make it state',
    );
    expect(
      await refusal((state) => ({ state, outputs: tf.grads((w) => tf.sum(w as tf.Tensor))([weight]) })),
    ).toMatch(/"scale"/);
    expect([...weight.dataSync()]).toEqual([1, 2]);
  });

  it('a variable that is assigned to, made or trained by an optimizer is named, and stays as it was', async () => {
    const weight = tf.variable(tf.scalar(1), true, 'weight');
    const next = tf.scalar(5);
    expect(
      await refusal((state, { by }) => {
        weight.assign(next as tf.Scalar);
        return { state, outputs: { by } };
      }),
    ).toContain(
      'jit: a step must not assign to variables, got the tf.Variable "weight", float32 [], assigned to; make it state',
    );
    expect(
      await refusal((state) => ({ state, outputs: { y: tf.variable(tf.scalar(3), true, 'fresh') } })),
    ).toContain('jit: a step must not make variables, got tf.variable "fresh" of float32 []; make it state');
    const optimizer = tf.train.sgd(0.1);
    expect(
      await refusal((state, { by }) => ({
        state,
        outputs: { y: optimizer.minimize(() => tf.square(tf.sub(weight, by)) as tf.Scalar, true) },
      })),
    ).toMatch(
      /must not read variables, got the tf\.Variable "weight".*tf\.train optimizers keep theirs to themselves/,
    );
    expect(value(weight)).toBe(1);
  });

  it('so are the weights of a tf.layers model', async () => {
    const dense = tf.layers.dense({ inputShape: [1], units: 1, name: 'last' });
    const net = tf.sequential({ layers: [dense] });
    const predict = (state: Sums, { by }: By) => ({
      state,
      outputs: { y: net.predict(tf.reshape(by, [1, 1])) },
    });
    expect(await refusal(predict)).toMatch(
      /the tf\.Variable "last\/kernel\w*", float32 \[1,1\], for \w+; make it state/,
    );
  });

  it('variables as state and inputs are what they hold', async () => {
    const [sum, by] = [tf.variable(tf.scalar(1)), tf.variable(tf.scalar(10))];
    const running = jit(
      (state: Sums, inputs: By) => ({ state: { sum: tf.add(state.sum, inputs.by) }, outputs: [] }),
      {
        state: { sum } as Sums,
      },
    );
    await running.run({ by });
    by.assign(tf.scalar(100));
    sum.assign(tf.scalar(-1));
    await running.run({ by });
    expect(value((await running.readState()).sum)).toBe(111);
    running.dispose();
  });

  it('values aren’t looked at', async () => {
    expect(
      await refusal(({ sum }) => ({
        state: { sum: value(sum) > 0 ? tf.neg(sum) : tf.add(sum, 1) },
        outputs: {},
      })),
    ).toContain('must not read the value of a tensor, got a read of an argument, float32 []');
    expect(
      await refusal(({ sum }) => ({ state: { sum: tf.scalar(value(tf.exp(sum))) }, outputs: {} })),
    ).toContain(
      'got a read of what Exp gives, float32 []; return it as an output, or decide by tensor operations (tf.where)',
    );
  });

  it('its own numbers may not differ, its own randomness is refused', async () => {
    let calls = 0;
    expect(
      await refusal(({ sum }) => ({ state: { sum: tf.add(sum, tf.scalar(calls++)) }, outputs: {} })),
    ).toMatch(
      /must not make data of its own, got float32 \[\] for Add(V2)?\(float32 \[\], float32 \[\]\) that differs.*input/,
    );
    expect(await refusal((state) => ({ state, outputs: { y: tf.scalar(calls++) } }))).toContain(
      'must do the same each time, got an output that differs between two recordings',
    );
    expect(
      await refusal((state) => ({
        state,
        outputs: { a: calls++ % 2 ? tf.exp(state.sum) : tf.sin(state.sum) },
      })),
    ).toMatch(
      /must do the same each time, got \w+\(float32 \[\]\) and then \w+\(float32 \[\]\) as operation 0/,
    );
    expect(
      await refusal((state) => ({ state, outputs: { a: tf.multinomial(tf.tensor1d([0.5, 0.5]), 3) } })),
    ).toContain('must take its randomness as an input, got Multinomial');
    expect(await refusal((state) => ({ state, outputs: { a: tf.dropout(tf.ones([40]), 0.5) } }))).toContain(
      'must not make data of its own, got float32 [40]',
    );
    expect(await refusal((state) => ({ state, outputs: { a: tf.randomNormal([2]) } }))).toContain('must ');
  });

  it('a step that is refused at the call leaves nothing behind, its state neither', () => {
    const state = { sum: tf.scalar(7) };
    const before = tf.memory().numTensors;
    const step = (state: Sums) => ({ state, outputs: { read: tf.scalar(value(state.sum)) } });
    expect(() => jit(step, { state, inputs: [] })).toThrow('must not read the value');
    expect(tf.memory().numTensors).toBe(before);
  });

  it('tensors aren’t kept', async () => {
    expect(await refusal(({ sum }) => ({ state: { sum: tf.keep(tf.neg(sum)) }, outputs: {} }))).toContain(
      'must keep no tensors, got 1 kept',
    );
  });

  it('what is given and returned has the right form', async () => {
    const { by } = { by: tf.scalar(1) };
    const add = (state: Sums, inputs: By) => ({ state, outputs: { y: tf.add(state.sum, inputs.by) } });
    const running = jit(add, { state: { sum: tf.scalar(1) } });
    await expect(running.run({ by: 2 } as never)).rejects.toThrow(
      new TypeError('jit: input by must be a tensor, got number; tf.scalar(…) makes one'),
    );
    await expect(running.run(undefined as never)).rejects.toThrow(
      'jit: input must be a tensor, got undefined',
    );
    by.dispose();
    await expect(running.run({ by })).rejects.toThrow(
      'jit: input by must be a tensor with its data, got a disposed one',
    );
    expect(await refusal((state) => ({ state }))).toBe(
      'jit: a step must return { state, outputs }, got { state }',
    );
    expect(await refusal(({ sum }) => tf.square(sum))).toBe(
      'jit: a step must return { state, outputs }, got a tensor',
    );
    expect(await refusal(async (state) => ({ state, outputs: {} }))).toContain(
      'got a promise; a step is not asynchronous',
    );
    expect(() => jit(add, undefined as never)).toThrow(
      'jit: the second argument must be an object, got undefined',
    );
    expect(() => jit(add, { sate: {} } as never)).toThrow(
      'jit: the second argument has no key "sate"; did you mean "state"?',
    );
    expect(() => jit(add, { state: { sum: 3 } } as never)).toThrow(
      'jit: state sum must be a tensor, got number',
    );
    expect(() => jit({} as never, { state: {} })).toThrow('jit: step must be a function, got object');
    running.dispose();
    await expect(running.run({ by: tf.scalar(1) })).rejects.toThrow('jit: run must come before dispose');
  });

  it('tensors from outside are held as they were, though disposed of', async () => {
    const frozen = tf.tensor1d([1, 2, 3]);
    const running = jit((state: Sums) => ({ state, outputs: { y: tf.add(state.sum, tf.sum(frozen)) } }), {
      state: { sum: tf.scalar(0) },
    });
    const before = tf.memory().numTensors;
    for (let i = 0; i < 3; i++) {
      const { y } = await running.run({});
      expect(value(y)).toBe(6);
      y.dispose();
      if (i === 1) frozen.dispose();
    }
    running.dispose();
    // The state and the tensor from outside.
    expect(tf.memory().numTensors).toBeLessThan(before);
  });
});
