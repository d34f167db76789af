import { selectBackend } from '@immiscible/backend';
import { createRng } from '@immiscible/core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { toyMethods } from './toy-methods.js';
import { toySets } from './toy-sets.js';
import { trainToy } from './toy-run.js';

beforeAll(async () => void (await selectBackend({ backend: 'cpu' })));

const settings = {
  steps: 4,
  evaluations: 2,
  batchSize: 8,
  width: 8,
  layers: 1,
  learningRate: 1e-3,
  samples: 32,
};

test('every set is centered, with a standard deviation of 0.5', () => {
  for (const sample of Object.values(toySets)) {
    const { data } = sample(20_000, createRng(5));
    for (const d of [0, 1]) {
      const own = data.filter((_, k) => k % 2 === d);
      // Four standard errors of a mean, at most.
      expect(Math.abs(own.reduce((a, b) => a + b, 0) / own.length)).toBeLessThan(4 / Math.sqrt(20_000));
    }
    const square = data.reduce((sum, value) => sum + value * value, 0) / data.length;
    expect(Math.abs(square / 0.25 - 1)).toBeLessThan(0.05);
  }
});

test.each(Object.keys(toyMethods))(
  '%s trains and is judged, the same again with the same seed',
  async (name) => {
    const [set] = Object.values(toySets) as [(typeof toySets)[string]];
    const method = toyMethods[name] as (typeof toyMethods)[string];
    const before = tf.memory().numTensors;
    const curve = await trainToy({ set, method, coupling: 'linear assignment', seed: 3 }, settings);
    expect(tf.memory().numTensors).toBe(before);
    expect(curve.map(({ step }) => step)).toEqual([2, 4]);
    for (const { few, many } of curve) expect(few > 0 && many > 0 && Number.isFinite(few + many)).toBe(true);
    expect(await trainToy({ set, method, coupling: 'linear assignment', seed: 3 }, settings)).toEqual(curve);
  },
);
