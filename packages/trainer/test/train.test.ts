import '@tensorflow/tfjs';
import { type Batch, type BatchSource, createRng } from '@immiscible/core';
import type {
  Compile,
  GradientTransformation,
  HostInputs,
  Objective,
  WeightAverage,
} from '@immiscible/core/tensors';
import { jit } from '@immiscible/jit';
import {
  eager,
  type HostSource,
  memoryStore,
  type StepEvent,
  train,
  type TrainEvent,
} from '@immiscible/trainer';
import * as tf from '@tensorflow/tfjs-core';
import ndarray, { type NdArray } from 'ndarray';
import { beforeAll, describe, expect, it } from 'vitest';
import { BATCH, batches, collect, IMAGE_SHAPE, model, options, PIXELS } from './tiny.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const types = (events: readonly TrainEvent[]) => events.map((event) => `${event.type} ${event.step}`);
const steps = (events: readonly TrainEvent[]) =>
  events.filter((event): event is StepEvent => event.type === 'step');

/** Gradient descent at rates 0.5, 0.25, 0.125 … */
const descent: GradientTransformation = {
  init: () => [],
  scalars: (step) => ({ rate: 0.5 ** (step + 1) }),
  update: (gradients, state, _, { rate }) => ({
    updates: Object.fromEntries(
      Object.entries(gradients).map(([name, gradient]) => [
        name,
        tf.mul(gradient, tf.neg(rate as tf.Scalar)),
      ]),
    ),
    state,
  }),
};

describe('train', () => {
  it('follows the closed form of gradient descent on a quadratic, and so does the average', async () => {
    // loss = ½ Σ λ (w − c)², so w_k = c + Π_j (1 − rate_j·λ) (w_0 − c).
    const lambda = [0.5, 1, 1.5, 2];
    const center = [1, -2, 3, 0.25];
    const start = [0, 1, -1, 5];
    const quadratic: Objective<HostInputs> = {
      prepare: () => ({}),
      loss: (_, params) =>
        tf.sum(
          tf.mul(
            tf.tensor1d(lambda.map((x) => x / 2)),
            tf.square(tf.sub(params['w'] as tf.Tensor, tf.tensor1d(center))),
          ),
        ) as tf.Scalar,
    };
    const net = { ...model, init: () => ({ w: tf.tensor1d(start) }) };
    const w = start.slice();
    const mean = start.slice();
    let k = 0;
    for await (const event of train({
      ...options,
      model: net,
      objective: quadratic,
      optimizer: descent,
      snapshotEvery: 1,
      steps: 8,
    })) {
      if (event.type === 'step') {
        const error = w.map((x, i) => x - (center[i] as number));
        const loss = error.reduce((sum, e, i) => sum + ((lambda[i] as number) * e * e) / 2, 0);
        const norm = Math.hypot(...error.map((e, i) => (lambda[i] as number) * e));
        expect(event.loss).toBeCloseTo(loss, 5);
        expect(event.gradientNorm).toBeCloseTo(norm, 5);
        expect(event.scalars).toEqual({ rate: 0.5 ** (k + 1) });
      }
      if (event.type === 'snapshot') {
        for (let i = 0; i < 4; i++) {
          const c = center[i] as number;
          w[i] = c + (1 - 0.5 ** (k + 1) * (lambda[i] as number)) * ((w[i] as number) - c);
          mean[i] = (mean[i] as number) + ((w[i] as number) - (mean[i] as number)) / (2 + k);
        }
        k++;
        expect(event.step).toBe(k);
        (await (event.params['w'] as tf.Tensor).data()).forEach((x, i) =>
          expect(x).toBeCloseTo(w[i] as number, 5),
        );
        (await (event.ema?.['w'] as tf.Tensor).data()).forEach((x, i) =>
          expect(x).toBeCloseTo(mean[i] as number, 5),
        );
      }
    }
    expect(k).toBe(8);
  });

  it('draws images, noise and the objective’s numbers from the streams that it says it does', async () => {
    // The same run in float64, by hand: loss = mean (w·x + b − t·ε)², its gradient, and descent.
    const root = createRng(11);
    const w = Array.from(root.split('init').split('weight').fillNormal(new Float32Array(PIXELS)));
    const b = w.map(() => 0);
    const losses = [0, 1, 2, 3].map((k) => {
      const x = batches().at(k) as Awaited<ReturnType<BatchSource['at']>>;
      const noise = root
        .split('noise')
        .split(k)
        .fillNormal(new Float32Array(BATCH * PIXELS));
      const time = root.split('objective').split(k).fillUniform(new Float32Array(BATCH));
      const gradient = { w: w.map(() => 0), b: w.map(() => 0) };
      let loss = 0;
      for (let i = 0; i < BATCH * PIXELS; i++) {
        const p = i % PIXELS;
        const residual =
          (w[p] as number) * (x.x0.data[i] as number) +
          (b[p] as number) -
          (time[Math.floor(i / PIXELS)] as number) * (noise[i] as number);
        loss += residual ** 2 / (BATCH * PIXELS);
        gradient.w[p] =
          (gradient.w[p] as number) + (2 * residual * (x.x0.data[i] as number)) / (BATCH * PIXELS);
        gradient.b[p] = (gradient.b[p] as number) + (2 * residual) / (BATCH * PIXELS);
      }
      for (let p = 0; p < PIXELS; p++) {
        w[p] = (w[p] as number) - 0.5 ** (k + 1) * (gradient.w[p] as number);
        b[p] = (b[p] as number) - 0.5 ** (k + 1) * (gradient.b[p] as number);
      }
      return loss;
    });
    const events = await collect(train({ ...options, rng: root, optimizer: descent, steps: 4 }));
    steps(events).forEach(({ loss }, k) => expect(loss).toBeCloseTo(losses[k] as number, 5));
    expect(root.state().drawn).toBe(0);
  });

  it('yields start, then for each step what is due, then end', async () => {
    const events = await collect(train({ ...options, steps: 5, snapshotEvery: 2 }));
    expect(types(events)).toEqual([
      'start 0',
      'step 1',
      'step 2',
      'snapshot 2',
      'step 3',
      'step 4',
      'snapshot 4',
      'step 5',
      'snapshot 5',
      'end 5',
    ]);
    expect(events[0]).toEqual({ type: 'start', step: 0, steps: 5, parameters: 2 * PIXELS, skipped: [] });
    expect(events.at(-1)).toMatchObject({ aborted: false });
  });

  it('gives means over the steps between two readings, and no weights before the loss has been read', async () => {
    const each = steps(await collect(train({ ...options, steps: 7 })));
    const events = await collect(train({ ...options, steps: 7, readEvery: 3, snapshotEvery: 4 }));
    expect(types(events)).toEqual([
      'start 0',
      'step 3',
      'step 4',
      'snapshot 4',
      'step 6',
      'step 7',
      'snapshot 7',
      'end 7',
    ]);
    const groups = [each.slice(0, 3), each.slice(3, 4), each.slice(4, 6), each.slice(6)];
    steps(events).forEach((event, i) => {
      const group = groups[i] as StepEvent[];
      const mean = (f: (event: StepEvent) => number) =>
        group.reduce((sum, e) => sum + f(e), 0) / group.length;
      expect(event.loss).toBeCloseTo(
        mean((e) => e.loss),
        12,
      );
      expect(event.gradientNorm).toBeCloseTo(
        mean((e) => e.gradientNorm),
        12,
      );
      expect(event.distance.before).toBeCloseTo(
        mean((e) => e.distance.before),
        12,
      );
      expect(event.scalars).toEqual(group.at(-1)?.scalars);
    });
  });

  it('reads what is unread when the signal ends it', async () => {
    const controller = new AbortController();
    const objective: Objective<HostInputs> = {
      loss: options.objective.loss,
      prepare(batch, rng, step) {
        if (step === 3) controller.abort();
        return options.objective.prepare(batch, rng, step);
      },
    };
    // Step 3's host side is done while the device is at step 2, the third.
    const { signal } = controller;
    const events = await collect(train({ ...options, objective, signal, steps: 20, readEvery: 10 }));
    expect(types(events)).toEqual(['start 0', 'step 3', 'end 3']);
  });

  it('lets the consumer leave before a failure of the next step', async () => {
    const failing = {
      ...batches(),
      at: (step: number) => (step < 2 ? batches().at(step) : Promise.reject(new Error())),
    };
    for await (const event of train({ ...options, batches: failing, steps: 4 })) {
      if (event.step === 2) break;
    }
    // An unhandled rejection would fail the run of the tests.
    await new Promise((resolve) => setTimeout(resolve, 5));
  });

  it('counts training time only, and none of the consumer’s', async () => {
    let consumed = 0;
    let last = 0;
    const began = performance.now();
    for await (const event of train({ ...options, steps: 4 })) {
      if (event.type === 'step') {
        const { total, batch, transform, prepare, device } = event.seconds;
        for (const part of [batch, transform, prepare, device]) expect(part).toBeGreaterThanOrEqual(0);
        expect(event.elapsed).toBeCloseTo(last + total, 12);
        last = event.elapsed;
      }
      const start = performance.now();
      await new Promise((resolve) => setTimeout(resolve, 30));
      consumed += performance.now() - start;
    }
    // However slow the machine: training and consumer took their shares of the same time.
    expect(last).toBeGreaterThan(0);
    expect(last * 1000).toBeLessThan(performance.now() - began - consumed);
  });

  it('has the host side of the next step done while the device works, and runs on any compiler', async () => {
    const log: string[] = [];
    const source: BatchSource = {
      ...batches(),
      at: (step) => {
        log.push(`read ${step}`);
        return batches().at(step);
      },
    };
    const slow: Compile = (step, initial) => {
      const inner = eager(step, initial);
      let count = 0;
      return {
        ...inner,
        async run(inputs) {
          const k = count++;
          log.push(`launch ${k}`);
          const outputs = await inner.run(inputs);
          await new Promise((resolve) => setTimeout(resolve, 20));
          log.push(`done ${k}`);
          return outputs;
        },
      };
    };
    const events = await collect(train({ ...options, batches: source, compile: slow, steps: 3 }));
    expect(log).toEqual([
      'read 0',
      'launch 0',
      'read 1',
      'done 0',
      'launch 1',
      'read 2',
      'done 1',
      'launch 2',
      'done 2',
    ]);
    const plain = await collect(train({ ...options, steps: 3 }));
    expect(steps(events).map(({ loss }) => loss)).toEqual(steps(plain).map(({ loss }) => loss));
  });

  it('starts with given weights, and leaves them', async () => {
    const params = { weight: tf.ones([...IMAGE_SHAPE]), bias: tf.zeros([...IMAGE_SHAPE]) };
    for await (const event of train({ ...options, params, optimizer: frozen, steps: 1 })) {
      if (event.type === 'end')
        expect([...((await event.params['weight']?.data()) ?? [])]).toEqual(Array(PIXELS).fill(1));
    }
    expect(params.weight.isDisposed).toBe(false);
    tf.dispose(params);
  });

  it('passes the average to the objective as its second network', async () => {
    const seen: boolean[] = [];
    const watching: Objective<HostInputs> = {
      ...options.objective,
      loss: (net, params, inputs, aux) => {
        seen.push(aux !== undefined);
        return options.objective.loss(net, params, inputs);
      },
    };
    await collect(train({ ...options, objective: watching, steps: 1, compile: eager }));
    await collect(train({ ...options, ema: undefined, objective: watching, steps: 1, compile: eager }));
    expect(seen).toEqual([true, false]);
  });

  it('with a teacher passes that one, and shows the other', async () => {
    // The teacher takes the weights over whole but for step 1, the average never does: each is told by its values.
    const follows = (rate: (step: number) => number): WeightAverage => ({
      scalars: (step) => ({ rate: rate(step) }),
      update: (old, params, scalars) =>
        Object.fromEntries(
          Object.entries(old).map(([name, tensor]) => [
            name,
            tf.add(tensor, tf.mul(tf.sub(params[name] as tf.Tensor, tensor), scalars['rate'] as tf.Scalar)),
          ]),
        ),
    });
    const [students, teachers]: [number[], number[]] = [[], []];
    const watching: Objective<HostInputs> = {
      ...options.objective,
      loss: (net, params, inputs, aux) => {
        students.push((params['bias'] as tf.Tensor).dataSync()[0] as number);
        teachers.push((aux?.['bias'] as tf.Tensor).dataSync()[0] as number);
        return options.objective.loss(net, params, inputs);
      },
    };
    const shown: number[] = [];
    const run = {
      ...options,
      objective: watching,
      ema: follows(() => 0),
      teacher: follows((step) => (step === 1 ? 0 : 1)),
      compile: eager,
    };
    for await (const event of train({ ...run, steps: 3, snapshotEvery: 1 })) {
      if (event.type === 'snapshot') shown.push((event.ema?.['bias'] as tf.Tensor).dataSync()[0] as number);
    }
    expect(new Set(students).size).toBe(3);
    [0, 1, 1].forEach((i, step) => expect(teachers[step]).toBeCloseTo(students[i] as number, 6));
    expect(shown).toEqual([students[0], students[0], students[0]]);
  });

  it('without an average gives none', async () => {
    const events = await collect(train({ ...options, ema: undefined, steps: 1, snapshotEvery: 1 }));
    for (const event of events) expect('ema' in event).toBe(false);
  });

  it.each([1, 10])('leaves no tensor behind in 1,000 steps, read every %d', async (readEvery) => {
    const before = tf.memory().numTensors;
    let atFirst = 0;
    for await (const event of train({ ...options, steps: 1000, readEvery })) {
      if (event.type !== 'step') continue;
      if (event.step === 10) atFirst = tf.memory().numTensors;
      if (event.step === 1000) expect(tf.memory().numTensors).toBe(atFirst);
    }
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each(['start', 'step', 'snapshot', 'end'])(
    'frees everything if the consumer leaves at a %s event',
    async (type) => {
      const before = tf.memory().numTensors;
      for await (const event of train({ ...options, steps: 4, readEvery: 2, snapshotEvery: 2 })) {
        if (event.type === type) break;
      }
      expect(tf.memory().numTensors).toBe(before);
    },
  );
});

/** Changes nothing. */
const frozen: GradientTransformation = {
  init: () => [],
  scalars: () => ({}),
  update: (gradients) => ({
    updates: Object.fromEntries(Object.entries(gradients).map(([name, g]) => [name, tf.zerosLike(g)])),
    state: [],
  }),
};

describe('train refuses', () => {
  const before = () => tf.memory().numTensors;
  /** What a run ends with, and whether it leaves tensors behind. */
  async function failure(run: () => AsyncIterable<unknown>): Promise<Error> {
    const tensors = before();
    const error = await (async () => collect(run()))().then(
      () => new Error('nothing thrown'),
      (thrown: unknown) => thrown as Error,
    );
    expect(tf.memory().numTensors).toBe(tensors);
    return error;
  }

  it.each([
    [{ steps: 0 }, 'train: steps must be an integer of at least 1, got 0'],
    [{ steps: 2.5 }, 'train: steps must be an integer of at least 1, got 2.5'],
    [{ readEvery: 0 }, 'train: readEvery must be an integer of at least 1, got 0'],
    [{ snapshotEvery: -1 }, 'train: snapshotEvery must be an integer of at least 1, got -1'],
    [
      { batches: { ...batches(), batchSize: 0 } },
      'train: batches.batchSize must be an integer of at least 1, got 0',
    ],
    [
      { transform: Object.assign((batch: never) => batch, { pool: 6 }) },
      'train: transform.pool must be a multiple of the batch size, 4, got 6',
    ],
    [{ step: 3 }, 'train: options has no key "step"; did you mean "steps"?'],
    [
      { coupling: (batch: never) => batch },
      'train: options has no key "coupling"; its keys are model, objective, batches, transform, host, optimizer, ema, teacher, ' +
        'rng, steps, compile, params, start, checkpoint, snapshotEvery, readEvery, config, metadata, signal',
    ],
    [
      { checkpoint: { store: memoryStore(), evry: 2 } },
      'train: checkpoint has no key "evry"; did you mean "every"?',
    ],
    [
      { metadata: { twin: 3 } },
      'train: metadata must be an object of texts, got {twin: 3}; use String(…) or JSON.stringify(…)',
    ],
  ])('%o at the call', (change, message) => {
    expect(() => train({ ...options, steps: 3, ...change } as Parameters<typeof train>[0])).toThrow(
      new RangeError(message),
    );
  });

  it.each([
    [
      { model: undefined },
      'train: model must have the functions init, apply, got undefined; unet of @immiscible/unet makes one',
    ],
    [
      { model: { predict: () => 0 } },
      'train: model must have the functions init, apply, got {predict: the function predict}',
    ],
    [
      { optimizer: 'adam' },
      'train: optimizer must have the functions init, scalars, update, got "adam"; adam of @immiscible/optim makes one',
    ],
    [{ rng: 7 }, 'train: rng must be an Rng, got 7; createRng(seed)'],
    [{ batches: {} }, 'train: batches must have the functions at, got {}'],
    [{ ema: 0.999 }, 'train: ema must have the functions scalars, update, got 0.999'],
    [{ transform: 'linear' }, 'train: transform must be a function from a batch to a batch'],
    [{ host: { step: () => 0 } }, 'train: host must be a function, such as hostWorker(…).step, got {step: '],
    [{ compile: 'jit' }, 'train: compile must be a function, such as jit or eager, got "jit"'],
    [
      { checkpoint: { store: 'runs/a' } },
      'train: checkpoint.store must have the functions prepare, save, latest',
    ],
  ])('parts of the wrong kind at the call: %o', (change, message) => {
    const run = () => train({ ...options, steps: 3, ...change } as unknown as Parameters<typeof train>[0]);
    expect(run).toThrow(TypeError);
    expect(run).toThrow(message);
  });

  it('images whose shape changes in mid-run', async () => {
    const changing: BatchSource = {
      ...batches(),
      at: (step) => (step < 2 ? batches().at(step) : { x0: ndarray(new Float32Array(4 * 6), [4, 2, 3, 1]) }),
    };
    expect(await failure(() => train({ ...options, batches: changing, steps: 3 }))).toEqual(
      new RangeError(
        'train: batches.at(2).x0 must be of shape [4,3,2,1] like batches.batchSize and imageShape, got [4,2,3,1]',
      ),
    );
  });

  describe('a transform that', () => {
    const data = (length: number) => new Float32Array(length);
    const cases: [string, (batch: Batch) => unknown, RegExp][] = [
      [
        'loses the labels',
        ({ x0, noise }) => ({ x0, noise }),
        /^train: the transform's labels must be as they were given, got undefined; return \{ \.\.\.batch, noise \}/,
      ],
      [
        'loses some of them',
        (batch) => ({ ...batch, labels: batch.labels?.slice(1) }),
        /^train: the transform's labels must be 8 as given, got a Int32Array of length 7/,
      ],
      [
        'moves the labels',
        (batch) => ({ ...batch, labels: batch.labels?.slice().reverse() }),
        /^train: the transform's labels\[0\] must be 0 as it was given, got 4; return/,
      ],
      [
        'moves the labels in place',
        (batch) => (batch.labels?.reverse(), batch),
        /^train: the transform's labels\[0\] must be 0 as it was given, got 4/,
      ],
      [
        'changes the images',
        (batch) => ({
          ...batch,
          x0: ndarray(
            batch.x0.data.map((x) => -x),
            batch.x0.shape,
          ),
        }),
        /^train: the transform's x0 must be as it was given, got "other images"; a transform chooses noise/,
      ],
      [
        'changes them in place',
        (batch) => (batch.x0.set(0, 0, 0, 0, 9), batch),
        /^train: the transform's x0 must be as it was given/,
      ],
      [
        'flips them',
        (batch) => ({ ...batch, x0: batch.x0.step(1, 1, -1) }),
        /^train: the transform's x0 must be as it was given/,
      ],
      [
        'drops images',
        (batch) => ({ ...batch, x0: batch.x0.hi(4), noise: batch.noise.hi(4) }),
        /^train: the transform's x0 must be of shape \[8,3,2,1\] like its argument's, got \[4,3,2,1\]/,
      ],
      [
        'gives noise of another shape',
        (batch) => ({ ...batch, noise: ndarray(data(48), [8, 2, 3, 1]) }),
        /^train: the transform's noise must be of shape \[8,3,2,1\]/,
      ],
      [
        'gives noise of another dtype',
        (batch) => ({ ...batch, noise: ndarray(new Float64Array(48), [8, 3, 2, 1]) }),
        /^train: the transform's noise must hold a Float32Array, got a Float64Array/,
      ],
      [
        'gives a bare array',
        (batch) => ({ ...batch, noise: batch.noise.data }),
        /^train: the transform's noise must be an NdArray on a typed array, got a bare Float32Array/,
      ],
      [
        'gives nothing',
        () => undefined,
        /^train: the transform's result must be a batch \{ x0, noise, labels\? \}, got undefined/,
      ],
    ];

    it.each(cases)('%s', async (_, change, message) => {
      const transform = Object.assign(change as (batch: Batch) => Batch, { pool: 2 * BATCH });
      expect((await failure(() => train({ ...options, transform, steps: 1 }))).message).toMatch(message);
    });

    it('adds labels', async () => {
      const transform = (batch: Batch) => ({ ...batch, labels: new Int32Array(4) });
      const unlabeled: BatchSource = { ...batches(), at: () => ({ x0: ndarray(data(24), [4, 3, 2, 1]) }) };
      expect(
        (await failure(() => train({ ...options, batches: unlabeled, transform, steps: 1 }))).message,
      ).toMatch(/^train: the transform's labels must be absent as in its argument, got/);
    });
  });

  it.each([
    [[0, 1, 2, 3], undefined],
    [[0, 1, 2, -1], undefined],
    [
      [0, 1, 2, 4],
      'train: batches.at(0): labels[3] must be a class index in [0, 4), or -1 for no class, got 4',
    ],
    [[0, -2, 2, 3], 'labels[1] must be a class index in [0, 4), or -1 for no class, got -2'],
    [[0, 0.5, 2, 3], 'labels[1] must be a class index in [0, 4), or -1 for no class, got 0.5'],
    [[0, 1, 2], 'labels must be 4 numbers, one per image, got "3"'],
  ])('labels that are none for the model: %j', async (labels, message) => {
    const source: BatchSource = {
      ...batches(),
      at: () => ({
        x0: ndarray(new Float32Array(24), [4, 3, 2, 1]),
        labels: labels as unknown as Int32Array,
      }),
    };
    const run = () => train({ ...options, model: { ...model, classes: 4 }, batches: source, steps: 1 });
    expect((await failure(run)).message).toContain(message ?? 'nothing thrown');
    // As the objective hands them on, whatever thread made them.
    const host: HostSource = async () => ({
      inputs: { labels: ndarray(Float32Array.from(labels), [labels.length]) },
      distance: { before: 0, after: 0 },
      seconds: { batch: 0, transform: 0, prepare: 0 },
    });
    if (message?.includes('[0, 4)')) {
      const elsewhere = () => train({ ...options, model: { ...model, classes: 4 }, host, steps: 1 });
      expect((await failure(elsewhere)).message).toContain(message.replace('batches.at(0): ', ''));
    }
  });

  it('images that are no float32 arrays', async () => {
    for (const [x0, message] of [
      [
        ndarray(new Uint8Array(24), [4, 3, 2, 1]),
        'train: batches.at(0).x0 must hold a Float32Array, got a Uint8Array',
      ],
      [tf.zeros([4, 3, 2, 1]), 'train: batches.at(0).x0 must be an NdArray on a typed array, got a tensor'],
      [undefined, 'train: batches.at(0).x0 must be an NdArray on a typed array, got undefined'],
    ] as const) {
      const source = { ...batches(), at: () => ({ x0 }) } as unknown as BatchSource;
      expect((await failure(() => train({ ...options, batches: source, steps: 1 }))).message).toContain(
        message,
      );
    }
  });

  it('inputs whose shape or names change in mid-run', async () => {
    const changing = (inputs: (step: number) => HostInputs): Objective<HostInputs> => ({
      prepare: (batch, rng, step) => ({ ...objective.prepare(batch, rng, step), ...inputs(step) }),
      loss: objective.loss,
    });
    const { objective } = options;
    const array = (length: number) => ndarray(new Float32Array(length), [length]);
    const cases = [
      [
        changing((step) => ({ extra: array(step === 1 ? 3 : 2) })),
        'train: objective.prepare\'s "extra" must be of shape [2] as in the first step, got [3]',
      ],
      [
        changing((step) => (step === 1 ? { extra: array(2) } : {})),
        'train: objective.prepare\'s "extra" must be among the inputs of the first step, got [2]',
      ],
      [
        changing((step) => (step === 1 ? {} : { extra: array(2) })),
        'train: objective.prepare\'s inputs must be those of the first step, got ["x0","noise","time"]',
      ],
    ] as const;
    for (const [changed, message] of cases) {
      const error = await failure(() => train({ ...options, objective: changed, steps: 3 }));
      expect(error).toEqual(new RangeError(message));
    }
  });

  it('weights that the loss does not depend on, naming them', async () => {
    const net = {
      ...model,
      init: () => ({ ...model.init(createRng(0)), idle: tf.zeros([2]), spare: tf.ones([1]) }),
    };
    expect((await failure(() => train({ ...options, model: net, steps: 1 }))).message).toBe(
      'train: the loss must depend on every weight, got 2 of 4 without a gradient: idle, spare; ' +
        'use them in the loss or leave them out of model.init',
    );
  });

  it('a compiler that hands on { state } as the state', async () => {
    const compile: Compile = (step, state) => eager(step, { state } as never);
    expect((await failure(() => train({ ...options, compile, steps: 1 }))).message).toMatch(
      /^train: compile must give the step its state, with params, got \{state: .*; its second argument is \{ state \}: compile: \(step, \{ state \}\) => jit\(step, \{ state \}\)$/,
    );
  });

  it('a loss that is no scalar', async () => {
    const vector = {
      ...options.objective,
      loss: (_net: unknown, params: Record<string, tf.Tensor>) =>
        tf.mul(params['weight'] as tf.Tensor, params['bias'] as tf.Tensor),
    } as unknown as Objective<HostInputs>;
    expect((await failure(() => train({ ...options, objective: vector, steps: 1 }))).message).toBe(
      "train: objective.loss's result must be a scalar, got an array of shape [3,2,1]",
    );
  });

  it('passes on an error of the batch source, the transform or the objective', async () => {
    const fail = () => {
      throw new Error('no more data');
    };
    const late = { ...batches(), at: (step: number) => (step === 2 ? fail() : batches().at(step)) };
    for (const change of [
      { batches: late },
      { batches: late, readEvery: 5 },
      { transform: () => Promise.reject(new Error('no more data')) },
      { objective: { ...options.objective, prepare: fail } },
    ]) {
      expect((await failure(() => train({ ...options, ...change, steps: 4 }))).message).toBe('no more data');
    }
  });
});

it('takes a compiler with options, as its README shows it, with its types', async () => {
  const compile: Compile = (step, { state }) => jit(step, { state, options: { precision: 'bfloat16' } });
  expect(steps(await collect(train({ ...options, compile, steps: 2 })))).toHaveLength(2);
});

it('reads images by their strides', async () => {
  const values = Float32Array.from({ length: 24 }, (_, i) => Math.sin(i));
  const view = ndarray(values, [4, 3, 2, 1], [1, 4, 12, 24]);
  const shown = new Float32Array(24);
  for (let i = 0, n = 0; n < 4; n++)
    for (let y = 0; y < 3; y++) for (let x = 0; x < 2; x++) shown[i++] = view.get(n, y, x, 0);
  const losses = async (x0: NdArray<Float32Array>) => {
    const found: number[] = [];
    const source: BatchSource = { ...batches(), at: () => ({ x0 }) };
    for await (const event of train({ ...options, batches: source, steps: 2 }))
      if (event.type === 'step') found.push(event.loss);
    return found;
  };
  expect(await losses(view)).toEqual(await losses(ndarray(shown, [4, 3, 2, 1])));
});
