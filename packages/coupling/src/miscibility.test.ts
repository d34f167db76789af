import { readFileSync } from 'node:fs';
import { type BatchTransform, createRng } from '@immiscible/core';
import ndarray from 'ndarray';
import { describe, expect, test } from 'vitest';
import { gaussianBatch } from '@immiscible/testing/host';
import { independent } from './independent.js';
import { linearAssignment } from './linear-assignment.js';
import { miscibility } from './miscibility.js';
import { nearestNoise } from './nearest-noise.js';

/** By quadrature with scipy: test/fixtures/make.py. */
const { nearest } = JSON.parse(
  readFileSync(new URL('../test/fixtures/nearest.json', import.meta.url), 'utf8'),
) as { nearest: { dimensions: number; norm: number; candidates: number; along: number }[] };

describe('miscibility', () => {
  const { x0 } = gaussianBatch(createRng(0), { count: 12, shape: [40] });

  test('of independent noise: chance, and no separation beyond it', async () => {
    const { distance, chance, separation } = await miscibility(independent(), { x0 }, createRng(1), {
      rounds: 400,
    });
    expect(chance).toBe(Math.sqrt(80 / 400));
    // Mean of a χ of 40 degrees of freedom: 1 − 1/160 of √40. 66 pairs of 12 means, each to about 11 %: four of their errors.
    expect(Math.abs(distance / chance - (1 - 1 / 160))).toBeLessThan(0.12);
    // Squares to about chance²·√(2/40/6).
    expect(Number.isNaN(separation) || separation < 0.6 * chance).toBe(true);
  });

  test('of noise that is the same for an image in each round: the distance of these, whatever the rounds', async () => {
    const fixed: BatchTransform = (batch) => ({ ...batch, noise: batch.x0 });
    let [sum, squares] = [0, 0];
    for (let i = 1; i < 12; i++) {
      for (let j = 0; j < i; j++) {
        const square = Array.from({ length: 40 }, (_, d) => (x0.get(i, d) - x0.get(j, d)) ** 2);
        squares += square.reduce((a, b) => a + b, 0) / 66;
        sum += Math.sqrt(square.reduce((a, b) => a + b, 0)) / 66;
      }
    }
    for (const rounds of [2, 5]) {
      const { distance, separation } = await miscibility(fixed, { x0 }, createRng(1), { rounds });
      expect(distance).toBeCloseTo(sum, 6);
      expect(separation).toBeCloseTo(Math.sqrt(squares), 6);
    }
  });

  test.each(nearest.filter(({ norm }) => norm > 0))(
    'of nearest noise for two opposite images: twice its mean along the image, D = $dimensions, k = $candidates',
    async ({ dimensions, norm, candidates, along }) => {
      const data = new Float32Array(2 * dimensions);
      [data[0], data[dimensions]] = [norm, -norm];
      const images = { x0: ndarray(data, [2, dimensions]) };
      const rounds = 20_000;
      const { separation } = await miscibility(nearestNoise({ candidates }), images, createRng(2), {
        rounds,
      });
      // A mean's error is at most 1/√rounds, across the image it enters squared.
      expect(Math.abs(separation - 2 * along)).toBeLessThan(6 / Math.sqrt(rounds) + dimensions / rounds);
    },
  );

  test('orders couplings as the paper does: independent, nearest of 8, assignment', async () => {
    // The paper’s figures are of 3,072 dimensions; a batch of 96 in 16 leans as strongly.
    const { x0: many } = gaussianBatch(createRng(5), { count: 96, shape: [16] });
    const of = async (transform: BatchTransform) =>
      (await miscibility(transform, { x0: many }, createRng(3), { rounds: 60 })).distance;
    const [none, near, assigned] = [
      await of(independent()),
      await of(nearestNoise({ candidates: 8 })),
      await of(linearAssignment()),
    ];
    expect(none).toBeLessThan(near as number);
    expect(near).toBeLessThan(assigned as number);
  });

  test('refuses one image and one round', async () => {
    const one = { x0: ndarray(new Float32Array(3), [1, 3]) };
    await expect(miscibility(independent(), one, createRng(0), { rounds: 5 })).rejects.toThrow(
      'miscibility: images must be at least two, got 1',
    );
    await expect(miscibility(independent(), { x0 }, createRng(0), { rounds: 1 })).rejects.toThrow(
      'rounds must be an integer of at least 2',
    );
  });
});
