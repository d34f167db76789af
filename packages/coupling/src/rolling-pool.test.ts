import { jonkerVolgenant, pairwiseDistance } from '@immiscible/assignment';
import { type Batch, createRng } from '@immiscible/core';
import ndarray from 'ndarray';
import { describe, expect, test } from 'vitest';
import { gaussianBatch, row, rowMultiset } from '@immiscible/testing/host';
import { linearAssignment } from './linear-assignment.js';
import { meanDistance } from './reports.js';
import { rollAssignment, type RollAssignmentOptions, type RollingPool } from './rolling-pool.js';
import { stacked } from './rows.js';

const drawn = (count: number, seed: number): Batch =>
  gaussianBatch(createRng(seed), { count, shape: [3, 2, 1], classes: 3 });

/** All that leaves, and at last what waits. */
function roll(batches: readonly Batch[], options: RollAssignmentOptions): Batch[] {
  let pool: RollingPool | undefined;
  const out = batches.map((batch) => {
    const rolled = rollAssignment(pool, batch, options);
    pool = rolled.pool;
    return rolled.batch;
  });
  return pool ? [...out, pool.batch] : out;
}

const join = (batches: readonly Batch[]): Batch =>
  batches.reduce((a, b) => ({
    x0: stacked(a.x0, b.x0),
    noise: stacked(a.noise, b.noise),
    labels: Int32Array.of(...(a.labels as Int32Array), ...(b.labels as Int32Array)),
  }));

describe('rollAssignment', () => {
  const batches = Array.from({ length: 12 }, (_, seed) => drawn(8, seed));

  test.each([8, 20, 32, 96, 200])(
    'a pool of %i: images leave once and in order, with their labels; every noise leaves once',
    (size) => {
      const out = join(roll(batches, { size }));
      const all = join(batches);
      expect(out.x0.data).toEqual(all.x0.data);
      expect(out.labels).toEqual(all.labels);
      expect(rowMultiset(out.noise)).toEqual(rowMultiset(all.noise));
    },
  );

  test('once it is full, as many leave as arrive, and size − B wait', () => {
    let pool: RollingPool | undefined;
    const left: number[] = [];
    const waiting: number[] = [];
    for (const batch of batches) {
      const rolled = rollAssignment(pool, batch, { size: 32 });
      pool = rolled.pool;
      left.push(rolled.batch.x0.shape[0] as number);
      waiting.push(pool.batch.x0.shape[0] as number);
      expect(pool.cost.shape).toEqual([pool.batch.x0.shape[0], pool.batch.x0.shape[0]]);
    }
    expect(left).toEqual([0, 0, 0, 8, 8, 8, 8, 8, 8, 8, 8, 8]);
    expect(waiting).toEqual([8, 16, 24, 24, 24, 24, 24, 24, 24, 24, 24, 24]);
  });

  test.each(['l2', 'squaredL2', 'quantized'] as const)(
    'at every call the pairs are the optimum of all that are in the pool, at costs %s made anew',
    (cost) => {
      const metric = cost === 'squaredL2' ? 'squaredL2' : 'l2';
      let pool: RollingPool | undefined;
      for (const batch of batches) {
        const all = pool ? join([pool.batch, batch]) : batch;
        const rolled = rollAssignment(pool, batch, { size: 32, cost });
        pool = rolled.pool;
        const pairs = join([rolled.batch, pool.batch]);
        const costs = pairwiseDistance(all.x0, all.noise, { metric });
        const best = jonkerVolgenant(costs).totalCost;
        const own = pairwiseDistance(pairs.x0, pairs.noise, { metric });
        let total = 0;
        for (let i = 0; i < (own.shape[0] as number); i++) total += own.get(i, i) as number;
        // Quantized distances are rounded to 11 bits, and so are the factors of each.
        expect(Math.abs(total / best - 1)).toBeLessThan(cost === 'quantized' ? 2e-3 : 1e-6);
        // Those that wait have the costs that are theirs.
        const waiting = pairwiseDistance(pool.batch.x0, pool.batch.noise, { metric });
        if (cost === 'quantized') continue;
        pool.cost.data.forEach((value, k) => expect(value).toBeCloseTo(waiting.data[k] as number, 4));
      }
    },
  );

  test('a pool as large as a batch is linearAssignment of each batch', async () => {
    const out = roll(batches, { size: 8 });
    for (const [k, batch] of batches.entries()) {
      const { noise } = await linearAssignment()(batch, createRng(0));
      expect(out[k]?.noise.data).toEqual(noise.data);
    }
  });

  test('pairs are nearer than those within a batch, and than those within pools of the size', async () => {
    const many = Array.from({ length: 128 }, (_, seed) =>
      gaussianBatch(createRng(seed), { count: 16, shape: [24] }),
    ).map(({ x0, noise }) => ({ x0, noise, labels: new Int32Array(16) }));
    const mean = (all: readonly Batch[]): number => meanDistance(join(all));
    const within = async (per: number): Promise<number> => {
      const couple = linearAssignment();
      const groups = Array.from({ length: many.length / per }, (_, g) =>
        join(many.slice(g * per, (g + 1) * per)),
      );
      return mean(await Promise.all(groups.map(async (group) => couple(group, createRng(0)))));
    };
    const rolling = mean(roll(many, { size: 128 }));
    expect(rolling).toBeLessThan(await within(1));
    expect(rolling).toBeLessThan(await within(8));
  });

  test('the pool that is passed in stays as it is: the same call again gives the same', () => {
    const { pool } = rollAssignment(undefined, batches[0] as Batch, { size: 12 });
    const before = structuredClone([pool.batch.noise.data, pool.cost.data]);
    const once = rollAssignment(pool, batches[1] as Batch, { size: 12 });
    const again = rollAssignment(pool, batches[1] as Batch, { size: 12 });
    expect([pool.batch.noise.data, pool.cost.data]).toEqual(before);
    expect(again).toEqual(once);
    expect(row(once.batch.x0, 0)).toEqual(row((batches[0] as Batch).x0, 4));
  });

  test('a cost of the caller’s own is asked for rectangles, and keeps its precision', () => {
    const shapes: string[] = [];
    const cost: RollAssignmentOptions['cost'] = (images, noise) => {
      shapes.push(`${images.shape[0]}×${noise.shape[0]}`);
      return pairwiseDistance(images, noise, { metric: 'l1' });
    };
    const first = rollAssignment(undefined, drawn(4, 0), { size: 8, cost });
    const { pool } = rollAssignment(first.pool, drawn(2, 1), { size: 8, cost });
    expect(shapes).toEqual(['4×4', '2×6', '4×2']);
    expect(pool.cost.data).toBeInstanceOf(Float64Array);
  });

  test('refuses what doesn’t fit, and says what', () => {
    const { pool } = rollAssignment(undefined, drawn(4, 0), { size: 8 });
    expect(() => rollAssignment(pool, drawn(8, 1), { size: 6 })).toThrow(
      "rollAssignment: size must be at least the batch's 8 images, got 6",
    );
    expect(() =>
      rollAssignment(pool, gaussianBatch(createRng(0), { count: 2, shape: [5] }), { size: 6 }),
    ).toThrow("rollAssignment: batch.x0 must be of shape [3,2,1] like the pool's images, got [5]");
    const { x0, noise } = drawn(2, 1);
    expect(() => rollAssignment(pool, { x0, noise }, { size: 6 })).toThrow(
      'labels must be in all batches or in none',
    );
    expect(() => rollAssignment(pool, drawn(2, 1), { size: 0 })).toThrow(
      'size must be an integer of at least 1',
    );
    const nan = drawn(2, 1);
    nan.noise.data[7] = NaN;
    expect(() => rollAssignment(pool, nan, { size: 6 })).toThrow('noise must be finite, got NaN in image 1');
    const lazy = () => ({ rowToCol: new Int32Array(6) }) as never;
    expect(() => rollAssignment(pool, drawn(2, 1), { size: 6, solver: lazy })).toThrow(
      'one that gives each of 6 images a noise of its own',
    );
  });

  test('an empty batch changes nothing', () => {
    const { pool } = rollAssignment(undefined, drawn(4, 0), { size: 8 });
    const rolled = rollAssignment(pool, drawn(0, 1), { size: 8 });
    expect(rolled.pool.batch.noise.data).toEqual(pool.batch.noise.data);
    expect(rolled.batch.x0.shape).toEqual([0, 3, 2, 1]);
  });
});

test('images that are forbidden all new noises keep theirs', () => {
  const batch = (x: number[], n: number[]): Batch => ({
    x0: ndarray(Float32Array.from(x), [x.length, 1]),
    noise: ndarray(Float32Array.from(n), [n.length, 1]),
  });
  const cost: RollAssignmentOptions['cost'] = (images, noise) => {
    const [rows = 0, cols = 0] = [images.shape[0], noise.shape[0]];
    const data = new Float64Array(rows * cols);
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < cols; j++) {
        const [x, n] = [images.get(i, 0), noise.get(j, 0)];
        data[i * cols + j] = Math.sign(x) === Math.sign(n) ? Math.abs(x - n) : Infinity;
      }
    return ndarray(data, [rows, cols]);
  };
  const { pool } = rollAssignment(undefined, batch([1, 2], [2.5, 0.5]), { size: 4, cost });
  const rolled = rollAssignment(pool, batch([-1, -3], [-2, -1.5]), { size: 4, cost });
  expect([...rolled.batch.noise.data, ...rolled.pool.batch.noise.data]).toEqual([0.5, 2.5, -1.5, -2]);
});
