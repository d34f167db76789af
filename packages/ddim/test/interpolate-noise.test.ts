import { createRng } from '@immiscible/core';
import { interpolateNoise } from '@immiscible/ddim';
import { largestDifference } from '@immiscible/testing';
import ndarray from 'ndarray';
import { describe, expect, it } from 'vitest';

describe('interpolateNoise', () => {
  const [a, b] = [0, 1].map((i) =>
    ndarray(createRng(9).split(i).fillNormal(new Float32Array(3000)), [10, 10, 30]),
  );

  it('goes from one to the other at a constant angle, as long all the way', () => {
    const c = ndarray(
      a!.data.map((x, i) => (i % 2 ? x : -x)),
      a!.shape,
    );
    const { data: all, shape } = interpolateNoise(a!, c, [0, 0.25, 0.5, 0.75, 1]);
    expect(shape).toEqual([5, 10, 10, 30]);
    const at = (k: number) => all.subarray(k * 3000, (k + 1) * 3000);
    expect(largestDifference(at(0), a!.data)).toBeLessThan(1e-6);
    expect(largestDifference(at(4), c.data)).toBeLessThan(1e-6);
    const dot = (x: Float32Array, y: Float32Array) => x.reduce((sum, value, i) => sum + value * y[i]!, 0);
    const length = dot(at(0), at(0));
    const angles = [0, 1, 2, 3].map((k) => Math.acos(dot(at(k), at(k + 1)) / length));
    for (let k = 0; k < 4; k++) {
      expect(dot(at(k), at(k)) / length).toBeCloseTo(1, 5);
      expect(angles[k]! / angles[0]!).toBeCloseTo(1, 5);
    }
  });

  it('of equal noise is that noise, also from the middle of an array', () => {
    const pair = ndarray(Float32Array.of(9, 9, 1, 2), [2], [1], 2);
    const same = interpolateNoise(pair, ndarray(Float32Array.of(1, 2), [2]), [0.3]);
    expect(largestDifference(same.data, [1, 2])).toBeLessThan(1e-6);
  });

  it('refuses what has no arc', () => {
    expect(() => interpolateNoise(a!, ndarray(new Float32Array(3000), a!.shape), [0])).toThrow(
      /to must be not zero/,
    );
    expect(() =>
      interpolateNoise(
        a!,
        ndarray(
          a!.data.map((x) => -x),
          a!.shape,
        ),
        [0],
      ),
    ).toThrow(/less than π/);
    expect(() => interpolateNoise(a!, ndarray(b!.data, [3000]), [0])).toThrow(/to must be of shape/);
    expect(() => interpolateNoise(a!, b!, [NaN])).toThrow(/fractions\[0\]/);
  });
});
