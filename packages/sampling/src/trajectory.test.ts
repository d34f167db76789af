import '@tensorflow/tfjs';
import { createRng } from '@immiscible/core';
import type { Model } from '@immiscible/core/tensors';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { recordTrajectory, runSampler, type SamplerStep } from './index.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const model: Model = { init: () => ({}), apply: (_, x) => tf.clone(x) };
const steps = [5, 4, 3, 2, 1].map((time): SamplerStep => ({ time, update: (xt) => tf.mul(xt, 2) }));

async function record(every: number | undefined, batchSize: number) {
  const trajectory = recordTrajectory(every);
  const options = { count: 3, imageShape: [2, 1, 2], rng: createRng(1), batchSize } as const;
  const images = await runSampler(model, {}, { fn: 'sample', steps, ...options, onStep: trajectory.onStep });
  return { images, trajectory };
}

describe('recordTrajectory', () => {
  it.each([1, 2, 3])(
    'holds the samples after each step, of all images, from batches of %d',
    async (batchSize) => {
      const { images, trajectory } = await record(undefined, batchSize);
      const frames = trajectory.frames();
      expect(frames.shape).toEqual([5, 3, 2, 1, 2]);
      expect(trajectory.times()).toEqual([5, 4, 3, 2, 1]);
      frames.data.forEach((value, k) => {
        const step = Math.floor(k / 12);
        expect(value).toBe(images.data[k % 12]! / 2 ** (4 - step));
      });
    },
  );

  it('leaves out steps between, never the last', async () => {
    const { images, trajectory } = await record(2, 2);
    expect(trajectory.times()).toEqual([4, 2, 1]);
    expect(trajectory.frames().data.slice(24)).toEqual(images.data);
  });

  it('refuses to be read before a run, and steps that are no number of steps', () => {
    expect(() => recordTrajectory().frames()).toThrow(/recorded before it is read/);
    expect(() => recordTrajectory(0)).toThrow(/every must be an integer of at least 1/);
  });
});
