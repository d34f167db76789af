import { auction, hungarianOn3, jonkerVolgenant } from '@immiscible/assignment';
import { type Batch, type BatchTransform, createRng } from '@immiscible/core';
import fc from 'fast-check';
import hungarian from 'hungarian-on3';
import ndarray from 'ndarray';
import { beforeAll, describe, expect, test } from 'vitest';
import { gaussianBatch, rowMultiset } from '@immiscible/testing/host';
import { pairedCost, permutations } from '../test/pairings.js';
import { quantizedL2 } from './cost.js';
import { linearAssignment, type LinearAssignmentOptions } from './linear-assignment.js';
import { distanceDrop, meanDistance, noiseMoments } from './reports.js';

const apply = async (transform: BatchTransform, batch: Batch): Promise<Batch> =>
  transform(batch, createRng(0));
const identity = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const costs = { l2: Math.sqrt, squaredL2: (d2: number) => d2 };

describe('linearAssignment', () => {
  test.each(['l2', 'squaredL2'] as const)(
    'finds the cheapest of all pairings for n ≤ 7, by %s',
    async (cost) => {
      for (let n = 1; n <= 7; n++) {
        const batch = gaussianBatch(createRng(n), { count: n, shape: [2, 2, 1] });
        const after = await apply(linearAssignment({ cost }), batch);
        const least = Math.min(...permutations(n).map((order) => pairedCost(batch, order, costs[cost])));
        expect(pairedCost(after, identity(n), costs[cost])).toBeCloseTo(least, 9);
      }
    },
  );

  test('never costs more than the pairs it was given, and keeps the noises', async () => {
    const sizes = { count: fc.integer({ min: 2, max: 24 }), size: fc.integer({ min: 1, max: 9 }) };
    await fc.assert(
      fc.asyncProperty(sizes.count, sizes.size, fc.nat(1e6), async (count, size, seed) => {
        const batch = gaussianBatch(createRng(seed), { count, shape: [size] });
        const after = await apply(linearAssignment(), batch);
        const before = pairedCost(batch, identity(count), Math.sqrt);
        expect(pairedCost(after, identity(count), Math.sqrt)).toBeLessThanOrEqual(before + 1e-9);
        expect(rowMultiset(after.noise)).toEqual(rowMultiset(batch.noise));
      }),
      { numRuns: 50 },
    );
  });

  test('minimizes the unsquared distance unless told otherwise', async () => {
    const bent: Batch = {
      x0: ndarray(Float32Array.of(0, 0, 1, 0), [2, 2]),
      noise: ndarray(Float32Array.of(1, 0, 4, 3), [2, 2]),
    };
    // As given: 1 + √18 = 5.243, squared 19; exchanged: 5 + 0 = 5, squared 25.
    expect((await apply(linearAssignment(), bent)).noise.data).toEqual(Float32Array.of(4, 3, 1, 0));
    expect((await apply(linearAssignment({ cost: 'squaredL2' }), bent)).noise.data).toEqual(bent.noise.data);
  });

  test('every exact solver finds the same cost', async () => {
    const batch = gaussianBatch(createRng(5), { count: 100, shape: [6, 6, 1] });
    const totals: number[] = [];
    for (const solver of [jonkerVolgenant, auction, hungarianOn3(hungarian)]) {
      totals.push(pairedCost(await apply(linearAssignment({ solver }), batch), identity(100), Math.sqrt));
    }
    for (const total of totals) expect(total).toBeCloseTo(totals[0] as number, 6);
  });

  test('a cost of +Infinity forbids a pair', async () => {
    // Two images that may only have each other's noise.
    const cost = (): ReturnType<NonNullable<Exclude<LinearAssignmentOptions['cost'], string>>> =>
      ndarray(Float64Array.of(Infinity, 1, 1, Infinity), [2, 2]);
    const batch = gaussianBatch(createRng(0), { count: 2, shape: [2] });
    const [a, b, c, d] = batch.noise.data as unknown as [number, number, number, number];
    expect((await apply(linearAssignment({ cost }), batch)).noise.data).toEqual(Float32Array.of(c, d, a, b));
  });

  test('has the pool that it was given, and none otherwise', () => {
    expect(linearAssignment({ pool: 2048 }).pool).toBe(2048);
    expect('pool' in linearAssignment()).toBe(false);
    expect(() => linearAssignment({ pool: 0 })).toThrow(
      'linearAssignment: pool must be an integer of at least 1',
    );
  });

  test('refuses costs of another shape and solvers that lose a noise', async () => {
    const batch = gaussianBatch(createRng(0), { count: 3, shape: [2] });
    const few = linearAssignment({ cost: () => ndarray(new Float64Array(6), [3, 2]) });
    await expect(apply(few, batch)).rejects.toThrow('cost must be of shape [3,3] like all pairs, got [3,2]');
    for (const wrong of [
      [0, 0, 1],
      [0, 1, -1],
      [0, 1],
      [1, 2, 3],
    ]) {
      const solver = (...args: Parameters<typeof jonkerVolgenant>): ReturnType<typeof jonkerVolgenant> => ({
        ...jonkerVolgenant(...args),
        rowToCol: Int32Array.from(wrong),
      });
      await expect(apply(linearAssignment({ solver }), batch)).rejects.toThrow(
        'linearAssignment: solver must be one that gives each of 3 images a noise of its own',
      );
    }
  });

  test('refuses labels that are not one per image', async () => {
    const batch = gaussianBatch(createRng(0), { count: 3, shape: [2, 2] });
    await expect(apply(linearAssignment(), { ...batch, labels: Int32Array.of(1) })).rejects.toThrow(
      'linearAssignment: labels must be 3 numbers, one per image',
    );
  });
});

describe('linearAssignment on independent values, D = 3072', () => {
  let all: Batch;
  beforeAll(() => {
    all = gaussianBatch(createRng(0), { count: 512, shape: [32, 32, 3] });
  });
  const part = (start: number, count: number): Batch => {
    const cut = ({ data }: Batch['x0']): Batch['x0'] =>
      ndarray(data.subarray(start * 3072, (start + count) * 3072), [count, 32, 32, 3]);
    return { x0: cut(all.x0), noise: cut(all.noise) };
  };
  /** Drop over the 512 images in batches of `count`, and the noise's mean square before and after. */
  const measure = async (count: number): Promise<{ drop: number; before: number; after: number }> => {
    const sums = { drop: 0, before: 0, after: 0 };
    for (let start = 0; start < 512; start += count) {
      const batch = part(start, count);
      const after = await apply(linearAssignment(), batch);
      sums.drop += (distanceDrop(batch, after) * count) / 512;
      sums.before += (noiseMoments(batch).meanSquare * count) / 512;
      sums.after += (noiseMoments(after).meanSquare * count) / 512;
    }
    return sums;
  };

  // Measured apart from this code: numpy, scipy's linear_sum_assignment, 256 images.
  test.each([
    [2, 0.36],
    [4, 0.71],
    [8, 1.06],
    [16, 1.41],
    [32, 1.71],
    [64, 1.96],
    [128, 2.21],
  ])(
    'a batch of %i shortens the mean distance by %f percent, and leaves mean n² at 1',
    async (count, percent) => {
      const { drop, before, after } = await measure(count);
      expect(Math.abs(100 * drop - percent)).toBeLessThan(0.1);
      // A permutation: the same numbers, added up in another order.
      expect(after).toBeCloseTo(before, 12);
      expect(Math.abs(after - 1)).toBeLessThan(4 * Math.sqrt(2 / (512 * 3072)));
    },
  );

  test('for a batch of 2 the drop is 1/(2√(2πD)): the gain of a swap is normal', async () => {
    // Σ d² falls by max(0, −2⟨x1 − x2, n1 − n2⟩), of N(0, 16 D) to first order, out of 4D; the distance by half of that.
    const expected = 1 / (2 * Math.sqrt(2 * Math.PI * 3072));
    const { drop } = await measure(2);
    // 256 pairs, each with standard deviation 1.46 times the mean.
    expect(Math.abs(drop / expected - 1)).toBeLessThan((4 * 1.46) / 16);
  });

  test('the quantized total is optimal for the quantized cost, and within 0.01 % of the true optimum', async () => {
    const total = (batch: Batch): number => 128 * meanDistance(batch);
    const quantizedTotal = ({ x0, noise }: Batch): number => {
      const cost = quantizedL2()(ndarray(x0.data, [128, 3072]), ndarray(noise.data, [128, 3072]));
      // Few different costs are left: the reason why ties matter.
      expect(new Set<number>(cost.data).size).toBeLessThan(450);
      return identity(128).reduce((sum, i) => sum + cost.get(i, i), 0);
    };
    for (let start = 0; start < 256; start += 128) {
      const batch = part(start, 128);
      const best = await apply(linearAssignment(), batch);
      const quantized = await apply(linearAssignment({ cost: 'quantized' }), batch);
      expect(quantizedTotal(quantized)).toBeLessThanOrEqual(quantizedTotal(best));
      expect(total(quantized)).toBeGreaterThanOrEqual(total(best) - 1e-9);
      expect(total(quantized) / total(best) - 1).toBeLessThan(1e-4);
    }
  });
});

describe('linearAssignment of more images than a matrix of costs is made for', () => {
  test('finds the noise that lies at each image', { timeout: 60_000 }, async () => {
    const rng = createRng(0);
    const [count, size] = [8200, 8];
    const x0 = ndarray(rng.fillNormal(new Float32Array(count * size)), [count, size]);
    const noise = ndarray(new Float32Array(count * size), [count, size]);
    // Image i at 100 times its place; the noise of row (7 i) mod count is the same to within 1e-3.
    for (let k = 0; k < x0.data.length; k++) x0.data[k]! *= 100;
    for (let i = 0; i < count; i++) {
      for (let d = 0; d < size; d++) {
        noise.data[((7 * i) % count) * size + d] = x0.data[i * size + d]! + 1e-3 * rng.uniform();
      }
    }
    const { noise: assigned } = await linearAssignment()({ x0, noise }, rng);
    let furthest = 0;
    assigned.data.forEach((value, k) => (furthest = Math.max(furthest, Math.abs(value - x0.data[k]!))));
    expect(furthest).toBeLessThan(2e-3);
  });
});
