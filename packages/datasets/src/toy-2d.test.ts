import { createRng } from '@immiscible/core';
import { describe, expect, test } from 'vitest';
import { pointBatches } from './point-batches.js';
import { checkerboard, eightGaussians, type PointSampler, spirals, swissRoll, twoMoons } from './toy-2d.js';

const N = 20_000;
function pointsOf(sample: PointSampler, count = N): [number, number][] {
  const { data } = sample(count, createRng(7));
  return Array.from({ length: count }, (_, i) => [data[2 * i] as number, data[2 * i + 1] as number]);
}

describe('toy sets in the plane', () => {
  test('eight Gaussians: each gets an eighth of the points, at its own standard deviation', () => {
    const counts = new Array<number>(8).fill(0);
    let squares = 0;
    for (const [x, y] of pointsOf(eightGaussians({ radius: 3, std: 0.2 }))) {
      const k = (Math.round(Math.atan2(y, x) / (Math.PI / 4)) + 8) % 8;
      counts[k]!++;
      squares += (x - 3 * Math.cos((k * Math.PI) / 4)) ** 2 + (y - 3 * Math.sin((k * Math.PI) / 4)) ** 2;
    }
    // Five standard deviations of a binomial count; the mean square is 2·std², relative error √(1/N).
    for (const count of counts)
      expect(Math.abs(count - N / 8)).toBeLessThan(5 * Math.sqrt(N * (1 / 8) * (7 / 8)));
    expect(Math.abs(squares / N / (2 * 0.2 ** 2) - 1)).toBeLessThan(5 / Math.sqrt(N));
  });

  test('two moons without noise lie on their half circles, half on each', () => {
    let upper = 0;
    for (const [x, y] of pointsOf(twoMoons({ noise: 0 }))) {
      const onUpper = Math.abs(Math.hypot(x, y) - 1) < 1e-6 && y >= -1e-6;
      const onLower = Math.abs(Math.hypot(x - 1, y - 0.5) - 1) < 1e-6 && y <= 0.5 + 1e-6;
      expect(onUpper || onLower).toBe(true);
      if (onUpper) upper++;
    }
    expect(Math.abs(upper - N / 2)).toBeLessThan(5 * Math.sqrt(N / 4));
  });

  test('a Swiss roll without noise is an Archimedean spiral from 1.5π to 4.5π', () => {
    for (const [x, y] of pointsOf(swissRoll({ noise: 0 }), 2000)) {
      const t = 5 * Math.hypot(x, y);
      expect(t).toBeGreaterThan(1.5 * Math.PI - 1e-5);
      expect(t).toBeLessThan(4.5 * Math.PI + 1e-5);
      expect(Math.abs(5 * x - t * Math.cos(t)) + Math.abs(5 * y - t * Math.sin(t))).toBeLessThan(1e-4);
    }
  });

  test('a checkerboard fills its even squares equally and no other', () => {
    const counts = new Map<string, number>();
    for (const [x, y] of pointsOf(checkerboard())) {
      const [i, j] = [Math.floor(x / 2), Math.floor(y / 2)];
      expect(Math.abs(i + j) % 2).toBe(0);
      expect(Math.max(Math.abs(x), Math.abs(y))).toBeLessThanOrEqual(4);
      counts.set(`${i},${j}`, (counts.get(`${i},${j}`) ?? 0) + 1);
    }
    expect(counts.size).toBe(8);
    for (const count of counts.values()) {
      expect(Math.abs(count - N / 8)).toBeLessThan(5 * Math.sqrt(N * (1 / 8) * (7 / 8)));
    }
  });

  test('spirals without noise: a point or its mirror image in 0 is on the curve', () => {
    for (const [x, y] of pointsOf(spirals({ noise: 0 }), 2000)) {
      const t = 3 * Math.hypot(x, y);
      expect(t).toBeLessThan(3 * Math.PI + 1e-5);
      const off = (sign: number) =>
        Math.hypot(sign * x + (t * Math.cos(t)) / 3, sign * y - (t * Math.sin(t)) / 3);
      expect(Math.min(off(1), off(-1))).toBeLessThan(1e-5);
    }
  });

  test('a step of point batches depends on the step alone', () => {
    const source = pointBatches(twoMoons(), { batchSize: 64, rng: createRng(1) });
    const again = pointBatches(twoMoons(), { batchSize: 64, rng: createRng(1) });
    expect(source.imageShape).toEqual([1, 1, 2]);
    const third = source.at(3);
    again.at(0);
    expect(again.at(3)).toEqual(third);
    expect(again.at(4)).not.toEqual(third);
  });

  test('bad options are refused by name', () => {
    expect(() => twoMoons({ noise: -1 })).toThrow(
      'twoMoons: noise must be a finite number of at least 0, got -1',
    );
    expect(() => checkerboard({ squares: 3 })).toThrow('checkerboard: squares must be even, got 3');
    expect(() => spirals()(0, createRng(0))).toThrow(
      'spirals: count must be an integer of at least 1, got 0',
    );
    expect(() => pointBatches(twoMoons(), { batchSize: 2, rng: createRng(0), dimensions: 3 }).at(0)).toThrow(
      'points of shape [2,3], got [2,2]',
    );
  });
});
