import { jonkerVolgenant, pairwiseDistance } from '@immiscible/assignment';
import { type Batch, createRng } from '@immiscible/core';
import ndarray, { type NdArray } from 'ndarray';
import { describe, expect, test } from 'vitest';
import { gaussianBatch, row, rowMultiset } from '@immiscible/testing/host';
import { linearAssignment } from './linear-assignment.js';
import { meanDistance } from './reports.js';
import { sinkhornCoupling } from './sinkhorn-coupling.js';

describe('sinkhornCoupling', () => {
  const batch = gaussianBatch(createRng(4), { count: 40, shape: [8] });

  test('uses every noise once, whatever the entropy', async () => {
    for (const epsilon of [0.02, 0.1, 1, 100]) {
      const { noise, x0 } = await sinkhornCoupling({ epsilon })(batch, createRng(1));
      expect(rowMultiset(noise)).toEqual(rowMultiset(batch.noise));
      expect(x0).toBe(batch.x0);
    }
  });

  test('lies between the assignment and independent pairs, nearer to the one the less entropy there is', async () => {
    const mean = async (epsilon: number): Promise<number> => {
      let total = 0;
      for (let k = 0; k < 20; k++) {
        total += meanDistance(await sinkhornCoupling({ epsilon, cost: 'l2' })(batch, createRng(k))) / 20;
      }
      return total;
    };
    const exact = meanDistance(await linearAssignment({ cost: 'l2' })(batch, createRng(0)));
    const means = await Promise.all([0.02, 0.1, 0.5, 100].map(mean));
    expect(means[0]).toBeGreaterThanOrEqual(exact - 1e-9);
    // Of the way from the assignment to independence, at the least entropy a fifth is left.
    const all = meanDistance(batch);
    expect(((means[0] as number) - exact) / (all - exact)).toBeLessThan(0.2);
    expect([...means].sort((a, b) => a - b)).toEqual(means);
  });

  test('is the assignment where one noise lies by each image', async () => {
    const near = { ...batch, noise: batch.x0 };
    const turned = { ...near, noise: rolled(near.noise) };
    const { noise } = await sinkhornCoupling({ epsilon: 0.01 })(turned, createRng(2));
    expect(noise.data).toEqual(batch.x0.data);
  });

  test('is the exact assignment where entropy counts for nothing beside the second-best', async () => {
    const epsilon = 2e-3;
    let clear = 0;
    for (const seed of [1, 2, 3, 4, 5, 6]) {
      const few = gaussianBatch(createRng(seed), { count: 12, shape: [3] });
      const cost = pairwiseDistance(few.x0, few.noise, { metric: 'squaredL2' }) as NdArray<Float64Array>;
      const best = jonkerVolgenant(cost);
      // The second-best lacks one of the best's pairs at least.
      const second = Array.from(best.rowToCol, (j, i) => {
        const without = ndarray(cost.data.slice(), [12, 12]);
        without.set(i, j, Infinity);
        return jonkerVolgenant(without).totalCost;
      });
      const values = Array.from(cost.data);
      const mean = values.reduce((a, b) => a + b, 0) / values.length;
      const deviation = Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length);
      if (Math.min(...second) - best.totalCost < 20 * epsilon * deviation) continue;
      clear++;
      const { noise } = await sinkhornCoupling({ epsilon, maxIterations: 100_000 })(few, createRng(7));
      Array.from(best.rowToCol).forEach((j, i) => expect(row(noise, i)).toEqual(row(few.noise, j)));
    }
    expect(clear).toBeGreaterThan(1);
  });

  test('draws all permutations alike where entropy is all that counts', async () => {
    const three = gaussianBatch(createRng(5), { count: 3, shape: [2] });
    const counts = new Map<string, number>();
    const draws = 3000;
    for (let k = 0; k < draws; k++) {
      const { noise } = await sinkhornCoupling({ epsilon: 1e6 })(three, createRng(6).split(k));
      const order = [0, 1, 2].map((i) =>
        [0, 1, 2].find((j) => row(noise, i).join() === row(three.noise, j).join()),
      );
      counts.set(order.join(), (counts.get(order.join()) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    // χ² of five degrees of freedom: 20.5 is exceeded once in a thousand.
    const chi = [...counts.values()].reduce((sum, n) => sum + (n - draws / 6) ** 2 / (draws / 6), 0);
    expect(chi).toBeLessThan(20.5);
  });

  test('refuses entropies and iterations that can’t be', async () => {
    expect(() => sinkhornCoupling({ epsilon: 0 })).toThrow(
      'sinkhornCoupling: epsilon must be a positive number',
    );
    await expect(
      (async () => sinkhornCoupling({ epsilon: 1e-4, maxIterations: 2 })(batch, createRng(0)))(),
    ).rejects.toThrow('must let the plan converge in 2 iterations');
  });
});

/** Rows moved on by one. */
function rolled({ data, shape, size }: Batch['noise']): Batch['noise'] {
  const length = size / (shape[0] as number);
  return ndarray(Float32Array.of(...data.subarray(length), ...data.subarray(0, length)), [...shape]);
}
