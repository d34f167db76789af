import '@tensorflow/tfjs';
import type { Compile, TensorTree } from '@immiscible/core/tensors';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eager } from './eager.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** Adds its input to each sum; puts the sum before out. */
const adding = (state: { sums: tf.Tensor[] }, inputs: { by: tf.Tensor }) => ({
  state: { sums: state.sums.map((sum) => tf.add(sum, tf.mul(inputs.by, tf.scalar(1)))) },
  outputs: { before: tf.mul(state.sums[0] as tf.Tensor, 1) },
});
const value = (tensor: tf.Tensor | undefined) => tensor?.dataSync()[0];

describe('eager', () => {
  // What a compiler promises, as the type of `eager` says too.
  const compile: Compile = eager;
  let initial: { sums: tf.Tensor[] };
  beforeEach(() => {
    tf.disposeVariables();
    initial = { sums: [tf.scalar(1), tf.scalar(10)] };
  });

  it('runs the step on its own state, and gives out copies of it', async () => {
    const running = compile(adding, { state: initial });
    tf.dispose(initial);
    const by = tf.scalar(2);
    const outputs = await running.run({ by });
    expect(value(outputs.before)).toBe(1);
    await running.run({ by });
    const state = await running.readState();
    expect(state.sums.map(value)).toEqual([5, 14]);
    tf.dispose(state.sums);
    const again = await running.readState();
    expect(again.sums.map(value)).toEqual([5, 14]);
    expect(by.isDisposed).toBe(false);
  });

  it('takes over a state by copying it', async () => {
    const running = compile(adding, { state: initial });
    const next = { sums: [tf.scalar(-1), tf.scalar(-2)] };
    running.writeState(next);
    tf.dispose(next.sums);
    await running.run({ by: tf.scalar(1) });
    expect((await running.readState()).sums.map(value)).toEqual([0, -1]);
  });

  it('refuses a state of another form, and keeps its own', async () => {
    const running = compile(adding, { state: initial });
    expect(() => running.writeState({ sums: [tf.scalar(1)] })).toThrow(
      "eager: writeState's state must be like the one given, with sums/1 float32 [], got nothing",
    );
    expect(() => running.writeState({ sums: [tf.scalar(1), tf.zeros([2])] })).toThrow(
      'with sums/1 float32 [], got sums/1 float32 [2]',
    );
    expect(() => running.writeState({ sums: [tf.scalar(1), tf.scalar(1, 'int32')] })).toThrow(
      'got sums/1 int32 []',
    );
    expect(() => running.writeState({ sums: [tf.scalar(1), tf.scalar(1), tf.scalar(1)] })).toThrow(
      'with nothing more, got sums/2 float32 []',
    );
    expect((await running.readState()).sums.map(value)).toEqual([1, 10]);
  });

  it('keeps as many tensors as the state has, and none after dispose', async () => {
    const before = tf.memory().numTensors;
    const running = compile(adding, { state: initial });
    const by = tf.scalar(1);
    for (let i = 0; i < 50; i++) {
      tf.dispose(await running.run({ by }));
      expect(tf.memory().numTensors).toBe(before + 3);
    }
    tf.dispose(by);
    running.dispose();
    running.dispose();
    expect(tf.memory().numTensors).toBe(before);
    await expect(running.run({ by })).rejects.toThrow('eager: run must come before dispose');
    await expect(running.readState()).rejects.toThrow('eager: readState must come before dispose');
  });

  it('tells owners apart where a step returns what it was given, or one tensor twice', async () => {
    const before = tf.memory().numTensors - 2;
    const passing = (state: { a: tf.Tensor; b: tf.Tensor; c: tf.Tensor }, { x }: { x: tf.Tensor }) => {
      const twice = tf.add(state.a, x);
      return { state: { a: twice, b: state.b, c: x }, outputs: { twice, b: state.b, x } };
    };
    const [a, b] = initial.sums as [tf.Tensor, tf.Tensor];
    const running = compile(passing, { state: { a, b, c: b } });
    tf.dispose([a, b]);
    for (let i = 0; i < 3; i++) {
      const x = tf.scalar(i);
      const outputs = await running.run({ x });
      expect([outputs.twice, outputs.b, outputs.x].map(value)).toEqual([[1, 2, 4][i], 10, i]);
      tf.dispose([outputs.twice, outputs.b, outputs.x, x]);
    }
    const state = await running.readState();
    expect([state.a, state.b, state.c].map(value)).toEqual([4, 10, 2]);
    tf.dispose([state.a, state.b, state.c]);
    running.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('keeps its state when a step throws', async () => {
    let fail = false;
    const failing = (state: { sums: tf.Tensor[] }, inputs: { by: tf.Tensor }) => {
      const result = adding(state, inputs);
      if (fail) throw new Error('out of memory');
      return result;
    };
    const running = compile(failing, { state: initial });
    const by = tf.scalar(1);
    await running.run({ by });
    const before = tf.memory().numTensors;
    fail = true;
    await expect(running.run({ by })).rejects.toThrow('out of memory');
    expect(tf.memory().numTensors).toBe(before);
    fail = false;
    await running.run({ by });
    expect((await running.readState()).sums.map(value)).toEqual([3, 12]);
  });

  it('runs a step without state, inputs or outputs', async () => {
    const running = compile((state: TensorTree) => ({ state, outputs: [] as TensorTree }), {
      state: {} as TensorTree,
    });
    expect(await running.run({})).toEqual([]);
    expect(await running.readState()).toEqual({});
  });
});
