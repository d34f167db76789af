import '@tensorflow/tfjs';
import { createRng } from '@immiscible/core';
import * as tf from '@tensorflow/tfjs-core';
import ndarray from 'ndarray';
import { describe, expect, it } from 'vitest';
import { applyOptions, imageInputs } from './index.js';

const images = (shape = [2, 1, 1, 3]) => ndarray(new Float32Array(6), shape);
const batch = { x0: images(), noise: images() };

describe('imageInputs', () => {
  it("shares the batch's arrays, and has labels only where the batch has", () => {
    const labels = Int32Array.of(4, 9);
    const inputs = imageInputs('objective', { ...batch, labels }, createRng(0));
    expect([inputs.x0.data, inputs.noise.data]).toEqual([batch.x0.data, batch.noise.data]);
    expect(inputs.x0.data).toBe(batch.x0.data);
    expect(inputs.labels?.data).toBe(labels);
    expect(inputs.labels?.shape).toEqual([2]);
    expect('labels' in imageInputs('objective', batch, createRng(0))).toBe(false);
  });

  it('draws a dropout seed that fits an int32 scalar', () => {
    const rng = createRng(0);
    const seeds = Array.from({ length: 100 }, () => imageInputs('objective', batch, rng).dropoutSeed);
    for (const { data, shape, offset } of seeds) {
      expect([shape, data.length, offset]).toEqual([[], 1, 0]);
      expect(data[0]).toBeGreaterThanOrEqual(0);
    }
    expect(new Set(seeds.map(({ data }) => data[0])).size).toBe(100);
  });

  it('refuses parts that do not fit, naming the objective', () => {
    const rng = createRng(0);
    const six = { x0: images([6]), noise: images([6]) };
    expect(() => imageInputs('objective', six, rng)).toThrow(
      /^objective: batch.x0 must be of shape \[B,H,W,C\]/,
    );
    expect(() => imageInputs('objective', { ...batch, noise: images([2, 1, 3, 1]) }, rng)).toThrow(
      /batch.noise/,
    );
    expect(() => imageInputs('objective', { ...batch, labels: Int32Array.of(1) }, rng)).toThrow(
      /^objective: labels must be 2 numbers, one per image, got "1"/,
    );
  });
});

describe('applyOptions', () => {
  it('hands over the seed, and labels where there are some', () => {
    tf.tidy(() => {
      const dropoutSeed = tf.scalar(3, 'int32');
      const labels = tf.tensor1d([1, 2], 'int32');
      expect(applyOptions({ dropoutSeed })).toEqual({ dropoutSeed });
      expect(applyOptions({ dropoutSeed, labels })).toEqual({ dropoutSeed, labels });
    });
  });
});
