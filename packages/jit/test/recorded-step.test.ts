import { selectBackend } from '@immiscible/backend';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { jit } from '../src/index.js';
import { adding, backends, batch, type By, first, normal, perceptron, type Sums, value } from './steps.js';

describe.skipIf(!backends.includes('native'))('a recorded step', () => {
  beforeAll(async () => {
    await selectBackend({ backend: 'native' });
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });
  const record = (step: (state: Sums, inputs: By) => { state: Sums; outputs: object }) =>
    jit(step as typeof adding, { state: { sum: tf.scalar(1) }, inputs: { by: tf.scalar(2) } });

  it('isn’t called again', async () => {
    let calls = 0;
    const counted = (state: Sums, inputs: By) => {
      calls++;
      return adding(state, inputs);
    };
    const running = record(counted);
    for (let i = 0; i < 4; i++) await running.run({ by: tf.scalar(1) });
    expect(calls).toBe(2);
    expect(value((await running.readState()).sum)).toBe(5);
  });

  it('leaves the backend as it was, whatever happens', () => {
    const sum = tf.scalar(1);
    expect(() =>
      record(() => {
        throw new Error('own mistake');
      }),
    ).toThrow('own mistake');
    expect(value(tf.add(sum, 1))).toBe(2);
    expect(Object.keys(tf.backend())).not.toContain('getInputTensorIds');
  });

  it('holds tensors from outside as they were, up to a limit', async () => {
    const frozen = normal([4, 4], 'frozen');
    const expected = value(tf.sum(frozen));
    const step = (state: Sums) => ({ state, outputs: { sum: tf.add(state.sum, tf.sum(frozen)) } });
    const running = jit(step, { state: { sum: tf.scalar(0) } });
    expect(value((await running.run({})).sum)).toBeCloseTo(expected, 5);
    frozen.dispose();
    expect(value((await running.run({})).sum)).toBeCloseTo(expected, 5);
    const large = normal([512, 600], 'large');
    const holding = (state: Sums) => ({ state, outputs: { sum: tf.sum(large) } });
    expect(() =>
      jit(holding, { state: { sum: tf.scalar(0) }, inputs: {}, options: { maxConstantBytes: 2 ** 20 } }),
    ).toThrow(
      'at most 1 MiB of data, got 2 MiB, the largest float32 [512,600] from outside the step, for Sum(',
    );
  });

  it('stores a constant of one repeated value as that value', () => {
    const step = (state: Sums) => ({
      state,
      outputs: { sum: tf.add(tf.sum(tf.ones([1000, 1000])), tf.sum(tf.fill([2000, 500], 3, 'int32'))) },
    });
    const running = jit(step, {
      state: { sum: tf.scalar(0) },
      inputs: {},
      options: { maxConstantBytes: 100 },
    });
    expect(value(running.runSync({}).sum)).toBe(4e6);
  });

  it('keeps a state of its own: not in the memory of the arrays that it was given', async () => {
    type Two = { written: tf.Tensor; taken: tf.Tensor };
    const keeping = ({ written }: Two, { x }: { x: tf.Tensor }) => ({
      state: { written, taken: tf.reshape(x, [4]) },
      outputs: { sum: tf.sum(x) },
    });
    // One of these places in memory is aligned as TensorFlow wants what it shares.
    for (let place = 0; place < 16; place++) {
      const given = () => new Float32Array(64).subarray(place, place + 4).fill(7);
      const running = jit(keeping, { state: { written: tf.zeros([4]), taken: tf.zeros([4]) } });
      for (let times = 0; times < 3; times++) {
        const arrays = [given(), given()] as const;
        const [x, written] = [tf.tensor2d(arrays[0], [2, 2]), tf.tensor1d(arrays[1])];
        const before = await running.readState();
        running.writeState({ ...before, written });
        tf.dispose(await running.run({ x }));
        for (const values of arrays) values.fill(-1);
        const state = await running.readState();
        expect(state.written.dataSync()).toEqual(given());
        expect(state.taken.dataSync()).toEqual(given());
        tf.dispose([before, state, written, x]);
      }
      running.dispose();
    }
  });

  it('is as it was before a step that fails, and says where it failed', async () => {
    const gathering = (state: Sums, { by }: By) => ({
      state: { sum: tf.add(state.sum, 1) },
      outputs: { picked: tf.gather(tf.tensor1d([1, 2, 3]), by as tf.Tensor1D) },
    });
    const running = jit(gathering, { state: { sum: tf.scalar(0) } });
    const at = (i: number) => ({ by: tf.tensor1d([i], 'int32') });
    expect(value((await running.run(at(1))).picked)).toBe(2);
    await expect(running.run(at(7))).rejects.toThrow(
      /a failure in GatherV2\(float32 \[3\], int32 \[1\], int32 \[\]\).*its state is as before the step/s,
    );
    expect(value((await running.readState()).sum)).toBe(1);
    expect(value((await running.run(at(2))).picked)).toBe(3);
  });

  it('runs on with NaN in its state', async () => {
    const running = record(adding);
    tf.dispose(await running.run({ by: tf.scalar(Number.NaN) }));
    expect(value((await running.run({ by: tf.scalar(1) })).sum)).toBeNaN();
  });

  it('is recorded anew for inputs of other shapes, and warns when there are many', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const summing = (state: Sums, { by }: By) => ({
      state: { sum: tf.add(state.sum, tf.sum(by)) },
      outputs: {},
    });
    const running = jit(summing, { state: { sum: tf.scalar(0) }, options: { maxRecordings: 2 } });
    for (const n of [1, 2, 1, 2]) await running.run({ by: tf.ones([n]) });
    expect(warn).not.toHaveBeenCalled();
    for (const n of [3, 4, 1]) await running.run({ by: tf.ones([n]) });
    expect(value((await running.readState()).sum)).toBe(14);
    expect(warn).toHaveBeenCalledOnce();
    expect(warn.mock.calls[0]?.[0]).toContain('more than 2');
    running.dispose();
  });

  it.each<[string, number[], number[], (x: tf.Tensor, b: tf.Tensor) => tf.Tensor]>([
    ['a bias', [2, 5, 3], [3], (x, b) => tf.add(x, b)],
    ['a bias on the left', [2, 5, 3], [3], (x, b) => tf.add(b, x)],
    ['one number for all', [2, 5, 3], [1], (x, b) => tf.add(x, b)],
    ['vectors of one length', [3], [3], (x, b) => tf.add(x, b)],
    ['a bias of six axes', [1, 2, 1, 2, 1, 3], [3], (x, b) => tf.add(x, b)],
    ['a product, bias and residual', [4, 4], [4], (x, b) => tf.add(tf.add(tf.matMul(x, x), b), x)],
    ['a product with its left side transposed', [4, 3], [3], (x, b) => tf.add(tf.matMul(x, x, true), b)],
    [
      'a product with its right side transposed',
      [4, 3],
      [4],
      (x, b) => tf.add(tf.matMul(x, x, false, true), b),
    ],
    ['products of several matrices', [2, 4, 4], [4], (x, b) => tf.add(tf.matMul(x, x), b)],
  ])('adds and multiplies as op by op does: %s', async (_, xShape, bShape, operation) => {
    const [x, b] = [normal(xShape, 'x'), normal(bShape, 'b')];
    const step = (state: Sums, inputs: { x: tf.Tensor; b: tf.Tensor }) => ({
      state,
      outputs: { y: operation(inputs.x, inputs.b) },
    });
    const running = jit(step, { state: { sum: tf.scalar(0) } });
    expect((await running.run({ x, b })).y).toBeAllClose(operation(x, b), { atol: 1e-6 });
    running.dispose();
  });

  it('takes no more memory after 10,000 runs', async () => {
    const running = jit(perceptron, { state: first() });
    const inputs = batch(4);
    const soak = async (runs: number) => {
      for (let i = 0; i < runs; i++) tf.dispose(await running.run(inputs));
      return process.memoryUsage().rss;
    };
    const before = await soak(1000);
    const tensors = tf.memory().numTensors;
    const after = await soak(10_000);
    expect(tf.memory().numTensors).toBe(tensors);
    // A leaked scalar's handle is some 500 bytes: 5 MB.
    expect(after - before).toBeLessThan(4e6);
    running.dispose();
  }, 60_000);
});
