import { selectBackend } from '@immiscible/backend';
import { createRng } from '@immiscible/core';
import type { Model } from '@immiscible/core/tensors';
import { availableBackends, expectNoLeak } from '@immiscible/testing';
import * as tf from '@tensorflow/tfjs-core';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { eager, jit, jitModel } from '../src/index.js';

const backends = await availableBackends(selectBackend);

const normal = (shape: number[], stream: string): tf.Tensor =>
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
const perceptron = (state: State, { x, y, rate }: Inputs) => {
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
const first = (): State => {
  const weights = { w1: normal([4, 8], 'w1'), b1: tf.zeros([8]), w2: normal([8, 2], 'w2') };
  return { weights, momentum: { w1: tf.zeros([4, 8]), b1: tf.zeros([8]), w2: tf.zeros([8, 2]) } };
};
const batch = (n: number): Inputs => ({
  x: normal([n, 4], `x${n}`),
  y: normal([n, 2], `y${n}`),
  rate: tf.scalar(0.05),
});
const value = (tensor: tf.Tensor | undefined) => tensor?.dataSync()[0] as number;

type Sums = { sum: tf.Tensor };
type By = { by: tf.Tensor };
const adding = (state: Sums, { by }: By) => ({
  state: { sum: tf.add(state.sum, by) },
  outputs: { sum: tf.mul(state.sum, 1) },
});

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

  it('says that a folder can’t be written', () => {
    const folder = mkdtempSync(join(tmpdir(), 'jit-test-'));
    const file = join(folder, 'file');
    writeFileSync(file, '');
    try {
      vi.stubEnv('TMPDIR', join(folder, 'absent'));
      expect(() => record(adding)).toThrow(
        /the temporary folder must be a folder that can be written.*TMPDIR/,
      );
      vi.unstubAllEnvs();
      expect(() =>
        jit(adding, {
          state: { sum: tf.scalar(0) },
          inputs: { by: tf.scalar(0) },
          options: { dumpGraph: file },
        }),
      ).toThrow('dumpGraph must be a folder that can be written');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('leaves its graph where it is told to', () => {
    const dumpGraph = join(mkdtempSync(join(tmpdir(), 'jit-test-')), 'graph');
    const options = { dumpGraph };
    jit(adding, { state: { sum: tf.scalar(0) }, inputs: { by: tf.scalar(0) }, options }).dispose();
    expect(statSync(join(dumpGraph, 'saved_model.pb')).size).toBeGreaterThan(100);
    rmSync(dumpGraph, { recursive: true });
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

  it('in bfloat16 is near, and keeps its weights in float32', async () => {
    const plain = jit(perceptron, { state: first() });
    const half = jit(perceptron, { state: first(), options: { precision: 'bfloat16' } });
    for (let i = 0; i < 10; i++) {
      const [a, b] = [value((await plain.run(batch(32))).loss), value((await half.run(batch(32))).loss)];
      // 8 bits of precision.
      expect(Math.abs(b / a - 1)).toBeLessThan(0.02);
      expect(b).not.toBe(a);
    }
    expect((await half.readState()).weights.w1.dtype).toBe('float32');
  });

  it('keeps times by kind of operation where wanted', async () => {
    const timed = jit(perceptron, { state: first(), options: { profile: true } });
    const plain = jit(perceptron, { state: first() });
    for (let i = 0; i < 3; i++) {
      const [a, b] = [await timed.run(batch(8)), await plain.run(batch(8))];
      expect(a.loss).toBeAllClose(b.loss, { rtol: 1e-5 });
    }
    const products = timed.profile().find(({ kind }) => /MatMul/.test(kind));
    // Two forward, three backward: none for the gradient of x.
    expect(products?.count).toBe(3 * 5);
    expect(plain.profile()).toEqual([]);
  });

  it('asks for XLA’s flags', () => {
    vi.stubEnv('TF_XLA_FLAGS', '');
    expect(() => jit(adding, { state: { sum: tf.scalar(0) }, options: { xla: true } })).toThrow(
      'TF_XLA_FLAGS must hold --tf_xla_auto_jit=2 before the native engine is loaded, got ""',
    );
    vi.unstubAllEnvs();
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
