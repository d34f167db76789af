import '@tensorflow/tfjs';
import { createRng } from '@immiscible/core';
import type { Model } from '@immiscible/core/tensors';
import * as tf from '@tensorflow/tfjs-core';
import ndarray from 'ndarray';
import { beforeAll, describe, expect, it } from 'vitest';
import { runSampler, type SamplerEvent, type SamplerOptions, type SamplerStep } from './index.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** A weighted image plus time plus label. */
const model: Model = {
  init: () => ({ w: tf.scalar(0.5) }),
  apply: (params, x, time, options = {}) =>
    tf.tidy(() => {
      const shift = options.labels ? tf.add(time, tf.cast(options.labels, 'float32')) : time;
      return tf.add(tf.mul(x, params['w'] as tf.Tensor), tf.reshape(shift, [-1, 1, 1, 1])) as tf.Tensor4D;
    }),
};
/** Adds the model's answer; the second step adds fresh noise too. */
const steps: readonly SamplerStep[] = [
  { time: 2, update: (xt, predict) => tf.add(xt, predict(xt, 2)) },
  { time: 1, update: (xt, predict, noise) => tf.add(predict(xt, 1), noise()) },
];
const imageShape = [2, 1, 1] as const;

async function sample(options: Partial<SamplerOptions> = {}): Promise<Float32Array> {
  const params = model.init(createRng(0));
  try {
    const all = { count: 5, imageShape, rng: createRng(7), ...options };
    return (await runSampler(model, params, { fn: 'sample', steps, ...all })).data;
  } finally {
    tf.dispose(params);
  }
}

describe('runSampler', () => {
  it('runs the steps on the noise of each image, in the order of its own stream', async () => {
    const images = await sample({ labels: Int32Array.of(0, 1, 2, 0, 3), batchSize: 2 });
    const labels = [0, 1, 2, 0, 3];
    const expected = labels.flatMap((label, i) => {
      const stream = createRng(7).split(i);
      const [first, second] = [
        stream.fillNormal(new Float32Array(2)),
        stream.fillNormal(new Float32Array(2)),
      ];
      return [0, 1].map((p) => 0.5 * (first[p]! * 1.5 + 2 + label) + 1 + label + second[p]!);
    });
    images.forEach((value, p) => expect(value).toBeCloseTo(expected[p]!, 5));
  });

  it('gives image i the same bytes in any batch and any number of images', async () => {
    const all = await sample();
    for (const batchSize of [1, 2, 5, 64]) expect(await sample({ batchSize })).toEqual(all);
    expect(await sample({ count: 2 })).toEqual(all.slice(0, 4));
    expect(await sample({ rng: createRng(8) })).not.toEqual(all);
  });

  it('returns [count,H,W,C], for no image and one too', async () => {
    for (const count of [0, 1, 3]) {
      const params = model.init(createRng(0));
      const images = await runSampler(model, params, {
        fn: 'sample',
        steps,
        count,
        imageShape,
        rng: createRng(7),
      });
      expect(images.shape).toEqual([count, 2, 1, 1]);
      tf.dispose(params);
    }
  });

  it('keeps no tensor, whether it ends, fails or is stopped', async () => {
    const before = tf.memory().numTensors;
    await sample({ labels: new Int32Array(5), batchSize: 2 });
    expect(tf.memory().numTensors).toBe(before);
    const failing = { ...model, apply: () => tf.zeros<tf.Rank.R4>([1, 1, 1, 1]) };
    await expect(
      runSampler(failing, {}, { fn: 'sample', steps, count: 2, imageShape, rng: createRng(7) }),
    ).rejects.toThrow(/the model's output must be of shape \[2,2,1,1\] like its input, got \[1,1,1,1\]/);
    await expect(sample({ signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
    expect(tf.memory().numTensors).toBe(before);
  });

  it('reports every step of every batch', async () => {
    const events: Omit<SamplerEvent, 'xt'>[] = [];
    let last: number[] = [];
    const images = await sample({
      batchSize: 3,
      onStep: async ({ xt, ...event }) => {
        events.push(event);
        last = [...(await xt.data())];
      },
    });
    expect(events).toEqual([
      { step: 0, steps: 2, time: 2, first: 0 },
      { step: 1, steps: 2, time: 1, first: 0 },
      { step: 0, steps: 2, time: 2, first: 3 },
      { step: 1, steps: 2, time: 1, first: 3 },
    ]);
    expect([...images.slice(6)]).toEqual(last);
  });

  it('stops between two steps at a timer, though the backend never waits', async () => {
    const controller = new AbortController();
    let done = 0;
    const endless = Array.from({ length: 100_000 }, () => steps[0]!);
    setTimeout(() => controller.abort(new Error('enough')), 5);
    const params = model.init(createRng(0));
    const run = runSampler(model, params, {
      fn: 'sample',
      steps: endless,
      count: 1,
      imageShape,
      rng: createRng(7),
      signal: controller.signal,
      onStep: () => void done++,
    });
    await expect(run).rejects.toThrow('enough');
    expect(done).toBeLessThan(100_000);
    tf.dispose(params);
  });

  it('refuses options out of range, naming the sampler', async () => {
    await expect(sample({ count: -1 })).rejects.toThrow(/^sample: count must be an integer of at least 0/);
    await expect(sample({ batchSize: 0 })).rejects.toThrow(/batchSize/);
    await expect(sample({ imageShape: [2, 0, 1] })).rejects.toThrow(/imageShape/);
    await expect(sample({ labels: Int32Array.of(1) })).rejects.toThrow(/labels must be 5 numbers/);
  });
});

describe('runSampler, seeds and start', () => {
  it('draws image i of many alone, by its seed', async () => {
    const all = await sample();
    expect(await sample({ count: 2, seeds: [3, 1] })).toEqual(
      Float32Array.of(...all.slice(6, 8), ...all.slice(2, 4)),
    );
    await expect(sample({ count: 2, seeds: [3] })).rejects.toThrow(
      /seeds must be 2 integers, one an image, got 1/,
    );
    await expect(sample({ count: 1, seeds: [0.5] })).rejects.toThrow(/each seed must be an integer/);
  });

  it('starts from given samples, in any batch, and leaves them alone', async () => {
    const params = model.init(createRng(0));
    const initial = ndarray(Float32Array.of(9, 9, 1, 2, 3, 4, 5, 6), [3, 2, 1, 1], [2, 1, 1, 1], 2);
    const first = [{ time: 2, update: steps[0]!.update }];
    for (const batchSize of [1, 2, 3]) {
      const options = { count: 3, imageShape, rng: createRng(7), initial, batchSize };
      const images = await runSampler(model, params, { fn: 'sample', steps: first, ...options });
      expect([...images.data]).toEqual([1, 2, 3, 4, 5, 6].map((x) => 1.5 * x + 2));
    }
    tf.dispose(params);
    await expect(sample({ count: 2, initial })).rejects.toThrow(/initial must be of shape \[2,2,1,1\]/);
  });
});

describe('a step that hands something on', () => {
  const carrying: readonly SamplerStep[] = [0, 1, 2].map((time) => ({
    time,
    // Fibonacci: the sum of the two before
    update: (xt, _predict, _noise, carried) => ({
      xt: carried[0] ? tf.add(xt, carried[0]) : tf.onesLike(xt),
      carry: [carried[0] ? tf.clone(xt) : tf.onesLike(xt)],
    }),
  }));
  const runCarrying = (options: Partial<SamplerOptions> = {}) =>
    runSampler(
      model,
      {},
      { fn: 'sample', steps: carrying, count: 3, imageShape, rng: createRng(7), batchSize: 2, ...options },
    );

  it('gives it to the next step only, and keeps no tensor', async () => {
    const before = tf.memory().numTensors;
    expect([...(await runCarrying()).data]).toEqual(new Array(6).fill(3));
    const fails = runCarrying({
      onStep: ({ step }) => {
        if (step === 1) throw new Error('stop');
      },
    });
    await expect(fails).rejects.toThrow('stop');
    expect(tf.memory().numTensors).toBe(before);
  });
});
