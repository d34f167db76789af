import { type Batch, type BatchTransform, createRng } from '@immiscible/core';
import ndarray, { type NdArray } from 'ndarray';
import { expect, test } from 'vitest';
import {
  describeCoupling,
  distanceDrop,
  linearAssignment,
  miscibility,
  nearestNoise,
  rollAssignment,
} from '../src/index.js';

/** Normal draws in multiples of 1/64, so that adding 2^17 is exact in float32. */
function coarse(seed: number, count: number, size: number, add = 0): NdArray<Float32Array> {
  const data = createRng(seed).fillNormal(new Float32Array(count * size));
  return ndarray(
    data.map((value) => Math.round(64 * value) / 64 + add),
    [count, size],
  );
}
const FAR = 2 ** 17;

test.each(['l2', 'squaredL2', 'quantized'] as const)(
  'moving images and noise together by 131072 changes no pair: %s',
  async (cost) => {
    // The quantized cost rounds what it is given; there the scale takes the place of the distance.
    const at = cost === 'quantized' ? 0 : FAR;
    const pairs = async (add: number) => {
      const batch = { x0: coarse(1, 96, 24, add), noise: coarse(2, 96, 24, add) };
      const { noise } = await linearAssignment({ cost })(batch, createRng(0));
      return noise.data.map((value) => value - add);
    };
    expect(await pairs(at)).toEqual(await pairs(0));
  },
);

test('nor does it in a rolling pool', () => {
  const pairs = (add: number) => {
    const batch = { x0: coarse(1, 64, 24, add), noise: coarse(2, 64, 24, add) };
    const { pool } = rollAssignment(undefined, batch, { size: 64 });
    return pool.batch.noise.data.map((value) => value - add);
  };
  expect(pairs(FAR)).toEqual(pairs(0));
});

test('a report says the same of images that lie elsewhere', async () => {
  // Whole numbers, which float32 holds up to 2^24.
  const report = (add: number) => {
    const whole = coarse(3, 200, 16).data.map((value) => Math.round(4 * value) + add);
    const batch = { x0: ndarray(whole, [200, 16]), noise: coarse(4, 200, 16) };
    // Pairs that do not depend on where the images lie.
    const order = createRng(5).permutation(200);
    const permuting: BatchTransform = (given) => ({
      ...given,
      noise: ndarray(
        Float32Array.from({ length: 200 * 16 }, (_, p) =>
          given.noise.get(order[Math.floor(p / 16)] as number, p % 16),
        ),
        [200, 16],
      ),
    });
    return describeCoupling(permuting, [batch], createRng(0));
  };
  const [near, far] = [await report(0), await report(64 * FAR)];
  expect(Math.abs(far.correlation - near.correlation)).toBeLessThan(1e-12);
});

test('miscibility is the same of noises that lie elsewhere', async () => {
  const moved =
    (add: number): BatchTransform =>
    (batch) => ({
      ...batch,
      noise: ndarray(
        batch.noise.data.map((value) => Math.round(64 * value) / 64 + add),
        [...batch.noise.shape],
      ),
    });
  const of = (add: number) => miscibility(moved(add), { x0: coarse(6, 6, 12) }, createRng(7), { rounds: 40 });
  const [near, far] = [await of(0), await of(FAR)];
  expect(Math.abs(far.distance - near.distance)).toBeLessThan(1e-9);
  const squared = ({ separation }: typeof near) => separation ** 2;
  // NaN where chance is the larger one, in both or in none.
  if (Number.isNaN(near.separation)) expect(far.separation).toBeNaN();
  else expect(Math.abs(squared(far) - squared(near))).toBeLessThan(1e-9);
});

test('the nearest of 8 noises lies 1.4236 along an image, also if that is 1e19 away', async () => {
  // E_8, the mean of the largest of 8 standard normal numbers (Harter 1961): far away, nothing else counts.
  const count = 4000;
  const x0 = ndarray(new Float32Array(count * 4).fill(1e19), [count, 4]);
  const noise = ndarray(createRng(8).fillNormal(new Float32Array(count * 4)), [count, 4]);
  const after: Batch = await nearestNoise({ candidates: 8 })({ x0, noise }, createRng(9));
  let along = 0;
  for (const value of after.noise.data) along += value / 2 / count;
  expect(Math.abs(along - 1.4236)).toBeLessThan(4 / Math.sqrt(count));
});

test('a drop of distances that are 0 before and after is 0', () => {
  const same = { x0: coarse(1, 3, 4), noise: coarse(1, 3, 4) };
  expect(distanceDrop(same, same)).toBe(0);
});
