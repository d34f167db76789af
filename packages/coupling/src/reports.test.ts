import type { Batch } from '@immiscible/core';
import ndarray from 'ndarray';
import { describe, expect, test } from 'vitest';
import { distanceDrop, meanDistance, noiseMoments } from './reports.js';

const batch = (x0: number[], noise: number[]): Batch => ({
  x0: ndarray(Float32Array.from(x0), [2, 2]),
  noise: ndarray(Float32Array.from(noise), [2, 2]),
});
const empty: Batch = {
  x0: ndarray(new Float32Array(0), [0, 2]),
  noise: ndarray(new Float32Array(0), [0, 2]),
};

describe('meanDistance', () => {
  test('is the mean of the distances, not of their squares', () => {
    expect(meanDistance(batch([0, 0, 1, 1], [3, 4, 1, 2]))).toBe(3); // 5 and 1
  });

  test('has no value for an empty batch', () => {
    expect(() => meanDistance(empty)).toThrow('meanDistance: batch must be of at least one image, got 0');
  });
});

describe('distanceDrop', () => {
  test('is the fraction by which the mean distance has fallen', () => {
    const before = batch([0, 0, 1, 1], [3, 4, 1, 2]);
    expect(distanceDrop(before, batch([0, 0, 1, 1], [1, 0, 1, 2]))).toBeCloseTo(2 / 3, 15);
    expect(distanceDrop(before, before)).toBe(0);
    expect(distanceDrop(before, batch([0, 0, 1, 1], [6, 8, 1, 3]))).toBe(-1);
  });
});

describe('noiseMoments', () => {
  test('are those of the numbers', () => {
    // Σ n = 2, Σ n² = 30, Σ x·n = 1·3 − 2·1 = 1, Σ x² = 5
    expect(noiseMoments(batch([1, 0, 0, 2], [3, -4, 4, -1]))).toEqual({
      mean: 0.5,
      meanSquare: 10.5,
      slope: 0.2,
    });
  });

  test('have slope 0 for black images, and no value for an empty batch', () => {
    expect(noiseMoments(batch([0, 0, 0, 0], [1, 1, 1, 1])).slope).toBe(0);
    expect(() => noiseMoments(empty)).toThrow(RangeError);
  });
});
