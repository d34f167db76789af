import '@tensorflow/tfjs';
import { createRng } from '@immiscible/core';
import type { Model } from '@immiscible/core/tensors';
import {
  conversionForm,
  convertPrediction,
  linearSchedule,
  type Prediction,
  scalesAt,
} from '@immiscible/schedulers';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { classifierFreeGuidance, runSampler } from './index.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** Answers time + x·(label + 1); label 9 is none. */
const model: Model = {
  init: () => ({}),
  apply: (_, x, time, { labels } = {}) =>
    tf.add(
      tf.mul(x, tf.reshape(tf.add(tf.cast(labels!, 'float32'), 1), [-1, 1, 1, 1])),
      tf.reshape(time, [-1, 1, 1, 1]),
    ),
};

function apply(of: Model, time = [5, 5]): number[] {
  return tf.tidy(() => {
    const labels = tf.tensor1d([2, 0], 'int32');
    return [...of.apply({}, tf.tensor4d([1, 10], [2, 1, 1, 1]), tf.tensor1d(time), { labels }).dataSync()];
  });
}

describe('classifierFreeGuidance', () => {
  it('at scale 1 is the model, at 0 the model without labels, beyond 1 goes past it', () => {
    expect(apply(classifierFreeGuidance(model, { scale: 1, nullLabel: 9 }))).toEqual(apply(model));
    expect(apply(classifierFreeGuidance(model, { scale: 0, nullLabel: 9 }))).toEqual([15, 105]);
    // 10 + 2.5·(3 − 10) and 100 + 2.5·(10 − 100), plus time
    expect(apply(classifierFreeGuidance(model, { scale: 2.5, nullLabel: 9 }))).toEqual([-2.5, -120]);
  });

  it('holds within an interval of times only, each sample by its own time', () => {
    const guided = classifierFreeGuidance(model, { scale: 2.5, nullLabel: 9, interval: [2, 5] });
    expect(apply(guided, [5, 6])).toEqual([-2.5, 16]);
    expect(apply(guided, [1, 2])).toEqual([4, -123]);
  });

  it('is the same guidance for each kind of prediction', () => {
    const scales = scalesAt(linearSchedule(), 500);
    const converted = (to: Prediction): Model => ({
      init: () => ({}),
      apply: (p, x, time, options) =>
        convertPrediction(x, model.apply(p, x, time, options), conversionForm('epsilon', to, scales)),
    });
    const x0 = (kind: Prediction) =>
      tf.tidy(() => {
        const x = tf.tensor4d([1, 10], [2, 1, 1, 1]);
        const answer = tf.tensor4d(
          apply(classifierFreeGuidance(converted(kind), { scale: 3, nullLabel: 9 })),
          x.shape,
        );
        return [...convertPrediction(x, answer, conversionForm(kind, 'x0', scales)).dataSync()];
      });
    const expected = x0('epsilon');
    for (const kind of ['x0', 'vPrediction'] as const) {
      x0(kind).forEach((value, i) => expect(value / expected[i]!).toBeCloseTo(1, 4));
    }
  });

  it('guides a sampler', async () => {
    const guided = classifierFreeGuidance(model, { scale: 2, nullLabel: 1 });
    const steps = [
      {
        time: 1,
        update: (xt: tf.Tensor4D, predict: (x: tf.Tensor4D, t: number) => tf.Tensor4D) => predict(xt, 1),
      },
    ];
    const options = {
      count: 2,
      imageShape: [1, 1, 1],
      rng: createRng(1),
      labels: Int32Array.of(3, 0),
    } as const;
    const images = await runSampler(guided, {}, { fn: 'sample', steps, ...options });
    // 2x + 2·((label + 1)·x − 2x) + 1
    const noise = [0, 1].map((i) => createRng(1).split(i).fillNormal(new Float32Array(1))[0]!);
    expect(images.get(0, 0, 0, 0)).toBeCloseTo(6 * noise[0]! + 1, 5);
    expect(images.get(1, 0, 0, 0)).toBeCloseTo(1, 5);
  });

  it('keeps no tensor but its answer, and refuses what it cannot do', () => {
    const before = tf.memory().numTensors;
    apply(classifierFreeGuidance(model, { scale: 2, nullLabel: 9, interval: [0, 1] }));
    expect(tf.memory().numTensors).toBe(before);
    expect(() => classifierFreeGuidance(model, { scale: NaN, nullLabel: 9 })).toThrow(/scale must be finite/);
    expect(() => classifierFreeGuidance(model, { scale: 2, nullLabel: -2 })).toThrow(/nullLabel must be -1/);
    expect(() => classifierFreeGuidance(model, { scale: 2, nullLabel: 1, interval: [2, 1] })).toThrow(
      /interval/,
    );
    expect(() => classifierFreeGuidance(model, { scale: 2, nulLabel: 9 } as never)).toThrow(
      'has no key "nulLabel"; did you mean "nullLabel"?',
    );
    const guided = classifierFreeGuidance(model, { scale: 2, nullLabel: 9 });
    tf.tidy(() => {
      expect(() => guided.apply({}, tf.zeros([1, 1, 1, 1]), tf.zeros([1]))).toThrow(/labels must be given/);
    });
  });

  it('takes −1, no class, for the label that was dropped, as label dropout does', () => {
    const seen: number[][] = [];
    const spy: Model = {
      init: () => ({}),
      apply: (_params, x, _time, given) => {
        seen.push(Array.from(given?.labels?.dataSync() ?? []));
        return tf.clone(x);
      },
    };
    tf.tidy(() => {
      const labels = tf.tensor1d([3, 0], 'int32');
      const [x, time] = [tf.zeros<tf.Rank.R4>([2, 1, 1, 1]), tf.zeros<tf.Rank.R1>([2])];
      classifierFreeGuidance(spy, { scale: 2 }).apply({}, x, time, { labels });
      classifierFreeGuidance(spy, { scale: 2, nullLabel: -1 }).apply({}, x, time, { labels });
    });
    expect(seen).toEqual([
      [3, 0, -1, -1],
      [3, 0, -1, -1],
    ]);
  });
});
