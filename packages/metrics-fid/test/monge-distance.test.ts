import { createRng } from '@immiscible/core';
import { mongeDistance } from '@immiscible/metrics-fid';
import ndarray from 'ndarray';
import { describe, expect, it } from 'vitest';
import { normal, vectors } from './metrics-fixture.js';

describe('mongeDistance', () => {
  const rng = () => createRng(5);
  it('is three times the squared distance of sorted numbers in one dimension', () => {
    const [x, y] = [normal(1, 400, 1), normal(2, 400, 1)];
    const [a, b] = [x, y].map(({ data }) => [...data].sort((p, q) => p - q)) as [number[], number[]];
    const expected = 3 * a.reduce((sum, value, i) => sum + (value - (b[i] as number)) ** 2 / 400, 0);
    expect(mongeDistance(x, y, { rng: rng(), projections: 3 })).toBeCloseTo(expected, 12);
  });

  it('is the integral over angles in two dimensions', () => {
    const [x, y] = [normal(1, 100, 2), vectors(4, 100, 2)];
    let integral = 0;
    for (let step = 0; step < 720; step++) {
      const [c, s] = [Math.cos((step * Math.PI) / 720), Math.sin((step * Math.PI) / 720)];
      const [a, b] = [x, y].map((set) =>
        Array.from({ length: 100 }, (_, i) => c * set.get(i, 0) + s * set.get(i, 1)).sort((p, q) => p - q),
      ) as [number[], number[]];
      integral += a.reduce((sum, value, i) => sum + (value - (b[i] as number)) ** 2, 0) / 100 / 720;
    }
    const found = mongeDistance(x, y, { rng: rng(), projections: 20_000 });
    expect(Math.abs(found / (6 * integral) - 1)).toBeLessThan(0.02);
  });

  it('is 3‖δ‖² for a shift by δ, in expectation over the directions', () => {
    const x = normal(1, 50, 16);
    const shifted = ndarray(
      x.data.map((value) => value + 0.5),
      [50, 16],
    );
    const found = mongeDistance(x, shifted, { rng: rng(), projections: 20_000 });
    expect(Math.abs(found / (3 * 16 * 0.25) - 1)).toBeLessThan(0.04);
  });

  it('draws as many of the larger set as the smaller has, by the generator given', () => {
    const [x, y] = [normal(1, 90, 3), normal(2, 40, 3)];
    const found = mongeDistance(x, y, { rng: rng(), projections: 50 });
    expect(mongeDistance(x, y, { rng: rng(), projections: 50 })).toBe(found);
    expect(mongeDistance(x, y, { rng: createRng(6), projections: 50 })).not.toBe(found);
    expect(found).toBeGreaterThan(0);
  });
});
