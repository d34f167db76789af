import { createRng } from '@immiscible/core';
import ndarray, { type NdArray } from 'ndarray';
import { describe, expect, test } from 'vitest';
import { slicedWasserstein } from './sliced-wasserstein.js';

const count = 500;
const points = ndarray(createRng(0).fillNormal(new Float32Array(2 * count)), [count, 2]);
const moved = (by: (x: number, y: number) => readonly [number, number]): NdArray<Float32Array> => {
  const out = new Float32Array(2 * count);
  for (let i = 0; i < count; i++) out.set(by(points.get(i, 0), points.get(i, 1)), 2 * i);
  return ndarray(out, [count, 2]);
};

describe('slicedWasserstein', () => {
  test('is 0 for the same points in another order', () => {
    const order = createRng(1).permutation(count);
    const out = new Float32Array(2 * count);
    order.forEach((from, i) => out.set([points.get(from, 0), points.get(from, 1)], 2 * i));
    expect(slicedWasserstein(points, ndarray(out, [count, 2]))).toBe(0);
  });

  test('of a shift is its length by √2: the mean square of a cosine', () => {
    for (const [dx, dy] of [
      [1, 0],
      [0, -2],
      [3, 4],
    ] as const) {
      const shifted = moved((x, y) => [x + dx, y + dy]);
      expect(slicedWasserstein(points, shifted)).toBeCloseTo(Math.hypot(dx, dy) / Math.SQRT2, 5);
    }
  });

  test('of a set to itself k times as large is (k − 1) times its root mean square length by √2', () => {
    const squares = points.data.reduce((sum, value) => sum + value * value, 0) / count;
    const larger = moved((x, y) => [3 * x, 3 * y]);
    expect(slicedWasserstein(points, larger)).toBeCloseTo(2 * Math.sqrt(squares / 2), 5);
  });

  test('a quarter turn of both changes nothing', () => {
    const other = moved((x, y) => [x * x, 0.3 * y]);
    const turned = (set: NdArray<Float32Array>): NdArray<Float32Array> => {
      const out = new Float32Array(2 * count);
      for (let i = 0; i < count; i++) out.set([-set.get(i, 1), set.get(i, 0)], 2 * i);
      return ndarray(out, [count, 2]);
    };
    expect(slicedWasserstein(turned(points), turned(other))).toBeCloseTo(slicedWasserstein(points, other), 6);
  });

  test('refuses sets of different sizes', () => {
    const few = ndarray(new Float32Array(4), [2, 2]);
    expect(() => slicedWasserstein(points, few)).toThrow('slicedWasserstein: b must be of 500 points as a');
  });
});
