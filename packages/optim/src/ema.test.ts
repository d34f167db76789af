import '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import type { WeightAverage } from '@immiscible/core/tensors';
import { beforeAll, describe, expect, it } from 'vitest';
import { ema, halfLife } from './ema.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** The average after following `weights`, from 0 on. */
function follow(average: WeightAverage, weights: readonly number[]): number {
  return tf.tidy(() => {
    let state = { w: tf.tensor1d([0]) as tf.Tensor };
    weights.forEach((weight, step) => {
      const rate = tf.scalar(average.scalars(step)['rate']!);
      state = average.update(state, { w: tf.tensor1d([weight]) }, { rate }) as typeof state;
    });
    return state.w.dataSync()[0]!;
  });
}

describe('ema', () => {
  it('without warm-up holds 1 − decay^n of weights that stay at 1', () => {
    const average = ema({ decay: 0.9, warmup: false });
    expect(follow(average, Array<number>(20).fill(1))).toBeCloseTo(1 - 0.9 ** 20, 6);
  });

  it('weights the last value by 1 − decay and the one before by decay·(1 − decay)', () => {
    expect(follow(ema({ decay: 0.75, warmup: false }), [3, 5])).toBeCloseTo(0.25 * 5 + 0.1875 * 3, 6);
  });

  it('warms up as min(decay, (1 + n) / (10 + n))', () => {
    const { scalars } = ema({ decay: 0.99 });
    const rates = [0, 1, 8, 890, 891, 5000].map((step) => scalars(step)['rate']!);
    [0.9, 9 / 11, 0.5, 9 / 900, 0.01, 0.01].forEach((rate, i) => expect(rates[i]).toBeCloseTo(rate, 12));
  });

  it('with a half-life keeps half of a weight after so many steps', () => {
    const average = ema({ decay: halfLife(8, 1e9), warmup: false });
    expect(follow(average, [...Array<number>(1000).fill(1), ...Array<number>(8).fill(0)])).toBeCloseTo(
      0.5,
      6,
    );
  });

  it('ramps the half-life to its share of the run', () => {
    expect(halfLife(100)(199)).toBeCloseTo(0.5 ** (1 / 10), 12);
    expect(halfLife(100)(1e6)).toBeCloseTo(0.5 ** (1 / 100), 12);
    expect(halfLife(100)(0)).toBeCloseTo(0, 5);
  });

  it('returns new weights and leaks nothing', () => {
    const average = ema({ decay: 0.5 });
    const [old, params, rate] = [{ w: tf.ones([2]) }, { w: tf.zeros([2]) }, tf.scalar(0.5)];
    const before = tf.memory().numTensors;
    tf.dispose(average.update(old, params, { rate }));
    expect(tf.memory().numTensors).toBe(before);
    expect([...old.w.dataSync()]).toEqual([1, 1]);
  });

  it.each([
    [() => ema({ decay: 1 }), 'ema: decay must be in [0, 1), got 1'],
    [() => halfLife(0), 'halfLife: steps must be positive, got 0'],
    [() => halfLife(1, 0), 'halfLife: ramp must be positive, got 0'],
    [
      () => ema({ decay: 0.5 }).update({ w: tf.zeros([1]) }, {}, { rate: tf.scalar(1) }),
      'ema: params must have "w", got none',
    ],
    [
      () => ema({ decay: 0.5 }).update({}, {}, {}),
      'ema: scalars must have "rate", got none; make one tensor of each of scalars(step)',
    ],
  ])('what makes no sense is refused (%#)', (make, message) => {
    expect(make).toThrow(new RangeError(message));
  });
});
