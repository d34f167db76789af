import { type BatchTransform, createRng } from '@immiscible/core';
import { describe, expect, test } from 'vitest';
import { gaussianBatch } from '@immiscible/testing/host';
import { chain } from './chain.js';
import { independent } from './independent.js';
import { linearAssignment } from './linear-assignment.js';
import { nearestNoise } from './nearest-noise.js';

const batch = gaussianBatch(createRng(0), { count: 8, shape: [3] });
const nearest = nearestNoise({ candidates: 4 });

describe('chain', () => {
  test('of one transform is that transform, to the bit', async () => {
    const alone = await nearest(batch, createRng(1));
    expect((await chain(nearest)(batch, createRng(1))).noise.data).toEqual(alone.noise.data);
  });

  test('of none, and independent(), give back the batch itself', async () => {
    expect(await chain()(batch, createRng(1))).toBe(batch);
    expect(await independent()(batch, createRng(1))).toBe(batch);
  });

  test('applies its parts in order, and each draws on from where the last one stopped', async () => {
    const rng = createRng(1);
    const byHand = await linearAssignment()(await nearest(await nearest(batch, rng), rng), rng);
    const chained = await chain(nearest, nearest, linearAssignment())(batch, createRng(1));
    expect(chained.noise.data).toEqual(byHand.noise.data);
  });

  test('nests', async () => {
    const flat = await chain(nearest, nearest, linearAssignment())(batch, createRng(1));
    const nested = await chain(nearest, chain(nearest, linearAssignment()))(batch, createRng(1));
    expect(nested.noise.data).toEqual(flat.noise.data);
  });

  test('waits for parts that are not ready at once', async () => {
    const slow: BatchTransform = async (input) => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      return { ...input, labels: Int32Array.from({ length: 8 }, (_, i) => i) };
    };
    expect((await chain(slow, linearAssignment())(batch, createRng(1))).labels).toHaveLength(8);
  });

  test('wants the largest pool of its parts, or none', () => {
    const pools = [linearAssignment({ pool: 64 }), linearAssignment({ pool: 256 }), independent()];
    expect(chain(...pools).pool).toBe(256);
    expect('pool' in chain(independent(), nearest)).toBe(false);
  });
});
