import '@tensorflow/tfjs';
import { type BatchSource, createRng } from '@immiscible/core';
import type { Compile, GradientTransformation, HostInputs, Objective } from '@immiscible/core/tensors';
import { jit } from '@immiscible/jit';
import { type StepEvent, train } from '@immiscible/trainer';
import * as tf from '@tensorflow/tfjs-core';
import ndarray, { type NdArray } from 'ndarray';
import { beforeAll, describe, expect, it } from 'vitest';
import { BATCH, batches, collect, model, options, PIXELS } from './tiny.js';
import { steps, types } from './train-events.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

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
