import { type BatchSource, createRng } from '@immiscible/core';
import { describe, expect, test } from 'vitest';
import { gaussianBatch } from '@immiscible/testing/host';
import { imageScaling } from './image-scaling.js';
import { linearAssignment } from './linear-assignment.js';

const batch = gaussianBatch(createRng(0), { count: 50, shape: [4, 4, 1], classes: 3 });
const source: BatchSource = {
  batchSize: 50,
  imageShape: [4, 4, 1],
  at: () => ({ x0: batch.x0, ...(batch.labels && { labels: batch.labels }) }),
};

describe('imageScaling', () => {
  test('multiplies images and nothing else; what was passed in stays', async () => {
    const before = batch.x0.data.slice();
    const scaled = imageScaling(4).images(source);
    const images = await scaled.at(0);
    expect([scaled.batchSize, scaled.imageShape]).toEqual([50, [4, 4, 1]]);
    // A power of two: exact.
    expect([...images.x0.data]).toEqual([...before].map((value) => 4 * value));
    expect(images.labels).toBe(batch.labels);
    expect(batch.x0.data).toEqual(before);
  });

  test('samples come back to the images’ size', async () => {
    const scaling = imageScaling(2);
    const { x0 } = await scaling.images(source).at(3);
    expect(scaling.samples(x0).data).toEqual(batch.x0.data);
    expect(scaling.samples(x0).shape).toEqual([50, 4, 4, 1]);
  });

  test('the signal-to-noise ratio of what is diffused is c² times as large', async () => {
    const { x0 } = await imageScaling(3).images(source).at(0);
    const [alphaBar, c] = [0.2, 3];
    const power = (data: Float32Array, scale: number) =>
      data.reduce((sum, value) => sum + (Math.sqrt(scale) * value) ** 2, 0);
    const ratio = power(x0.data, alphaBar) / power(batch.x0.data, alphaBar);
    expect(ratio).toBeCloseTo(c ** 2, 5);
  });

  test('the squared-L2 assignment is the same at every scale, as the algebra says', async () => {
    const couple = linearAssignment({ cost: 'squaredL2' });
    const plain = await couple(batch, createRng(1));
    for (const factor of [0.25, 2, 4]) {
      const { x0 } = await imageScaling(factor).images(source).at(0);
      const scaled = await couple({ ...batch, x0 }, createRng(1));
      expect(scaled.noise.data).toEqual(plain.noise.data);
    }
  });

  test.each([0, -1, NaN, Infinity])('refuses a factor of %d', (factor) => {
    expect(() => imageScaling(factor)).toThrow('imageScaling: factor must be a positive number, got');
  });
});
