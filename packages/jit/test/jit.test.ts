import { selectBackend } from '@immiscible/backend';
import { expectNoLeak } from '@immiscible/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { eager, jit } from '../src/index.js';
import { adding, backends, batch, first, perceptron, type Sums, value } from './steps.js';

describe.each(backends)('jit on %s', (backend) => {
  beforeAll(async () => {
    await selectBackend({ backend });
  });

  it('trains as op by op does, on batches of two sizes in turn', async () => {
    const plain = eager(perceptron, { state: first() });
    const recorded = jit(perceptron, { state: first() });
    for (const n of [16, 16, 5, 16, 5, 5]) {
      const [a, b] = [await plain.run(batch(n)), await recorded.run(batch(n))];
      expect(b.loss).toBeAllClose(a.loss, { rtol: 1e-5 });
    }
    const [a, b] = [await plain.readState(), await recorded.readState()];
    expect(b.weights.w1).toBeAllClose(a.weights.w1, { rtol: 1e-4, atol: 1e-6 });
    expect(b.momentum.w2).toBeAllClose(a.momentum.w2, { rtol: 1e-4, atol: 1e-6 });
    recorded.dispose();
  });

  it('reads and writes its state bit for bit', async () => {
    const odd = Float32Array.of(-0, 2 ** -149, 3.4028234663852886e38, Number.NaN, 0.1);
    const flags = Uint8Array.of(1, 0, 1);
    const counts = Int32Array.of(-1, 2 ** 31 - 1);
    const state = () => ({
      odd: tf.tensor1d(odd),
      flags: tf.tensor1d(flags, 'bool'),
      counts: tf.tensor1d(counts, 'int32'),
    });
    const same = (s: ReturnType<typeof state>) => ({ state: s, outputs: { n: tf.add(s.counts, 0) } });
    const running = jit(same, { state: state() });
    for (let i = 0; i < 2; i++) {
      tf.dispose(await running.run([] as never));
      const read = await running.readState();
      expect(new Uint32Array((await read.odd.data()).slice().buffer)).toEqual(new Uint32Array(odd.buffer));
      expect(await read.counts.data()).toEqual(counts);
      expect(Uint8Array.from(await read.flags.data())).toEqual(flags);
      running.writeState(read);
    }
    running.dispose();
  });

  it('resumes exactly from a state that was read', async () => {
    const running = jit(perceptron, { state: first() });
    for (let i = 0; i < 3; i++) await running.run(batch(6));
    const kept = await running.readState();
    const after = value((await running.run(batch(6))).loss);
    running.writeState(kept);
    expect(value((await running.run(batch(6))).loss)).toBe(after);
    const again = jit(perceptron, { state: kept });
    expect(value((await again.run(batch(6))).loss)).toBe(after);
    running.dispose();
    again.dispose();
  });

  it('leaves nothing behind', async () => {
    await expectNoLeak(async () => {
      const sum = tf.scalar(0);
      const running = jit(adding, { state: { sum } });
      for (let i = 0; i < 5; i++) {
        const inputs = { by: tf.scalar(i) };
        tf.dispose(await running.run(inputs));
        tf.dispose(inputs);
      }
      running.writeState({ sum });
      tf.dispose((await running.readState()).sum);
      running.dispose();
      running.dispose();
      sum.dispose();
      return [];
    });
  });

  it('refuses a next state of another form', async () => {
    const wrong = (next: (state: Sums) => object) => (state: Sums) =>
      ({ state: next(state), outputs: {} }) as { state: Sums; outputs: Sums };
    const run = (step: (state: Sums) => { state: Sums; outputs: Sums }) =>
      jit(step, { state: { sum: tf.zeros([2]) } }).run({});
    await expect(run(wrong(() => ({ sum: tf.zeros([3]) })))).rejects.toThrow(
      'jit: the state that a step returns must be like the one given, with sum float32 [2], got sum float32 [3]',
    );
    await expect(run(wrong(({ sum }) => ({ sum: tf.cast(sum, 'int32') })))).rejects.toThrow(
      'got sum int32 [2]',
    );
    await expect(run(wrong(({ sum }) => ({ total: sum })))).rejects.toThrow('got total float32 [2]');
    await expect(run(wrong(({ sum }) => ({ sum, more: sum })))).rejects.toThrow('got more');
    await expect(run((() => ({})) as never)).rejects.toThrow('must return { state, outputs }, got');
  });

  it('says when it is used after its end', async () => {
    const running = jit(adding, { state: { sum: tf.scalar(0) } });
    running.dispose();
    await expect(running.run({ by: tf.scalar(1) })).rejects.toThrow('run must come before dispose');
    await expect(running.readState()).rejects.toThrow('readState must come before dispose');
  });

  it.each([
    [{ precison: 'float32' }, 'jit: options has no key "precison"; did you mean "precision"?'],
    [{ precision: 'float16' }, 'precision must be float32 or bfloat16, got "float16"'],
    [{ maxRecordings: 0 }, 'maxRecordings must be an integer of at least 1, got 0'],
  ])('refuses options %o', (options, message) => {
    expect(() => jit(adding, { state: { sum: tf.scalar(0) }, options: options as never })).toThrow(message);
  });
});
