import { readFileSync } from 'node:fs';
import { type Batch, createRng } from '@immiscible/core';
import ndarray from 'ndarray';
import { beforeAll, describe, expect, test } from 'vitest';
import { gaussianBatch } from '@immiscible/testing/host';
import { nearestNoise } from './nearest-noise.js';
import { distanceDrop, noiseMoments } from './reports.js';

interface Case {
  readonly dimensions: number;
  readonly norm: number;
  readonly candidates: number;
  readonly levels: number[];
  readonly distance2: number[];
  readonly along: number;
  readonly along2: number;
  readonly across2: number;
}
/** By quadrature with scipy: test/fixtures/make.py. */
const { nearest } = JSON.parse(
  readFileSync(new URL('../test/fixtures/nearest.json', import.meta.url), 'utf8'),
) as { nearest: Case[] };

const apply = async (batch: Batch, candidates: number, seed = 1): Promise<Batch> =>
  nearestNoise({ candidates })(batch, createRng(seed));

describe('nearestNoise', () => {
  test('1 candidate is the noise of the batch, to the bit, and nothing is drawn', async () => {
    const batch = gaussianBatch(createRng(0), { count: 5, shape: [4, 4, 1] });
    const rng = createRng(1);
    const after = await nearestNoise({ candidates: 1 })(batch, rng);
    expect(after.noise.data).toEqual(batch.noise.data);
    expect(rng.state().drawn).toBe(0);
  });

  test('no image ends farther from its noise than it was; one with the nearest noise keeps it, to the bit', async () => {
    const batch = gaussianBatch(createRng(0), { count: 400, shape: [6] });
    const after = await apply(batch, 3);
    let kept = 0;
    for (let i = 0; i < 400; i++) {
      const distance = ({ x0, noise }: Batch): number =>
        [0, 1, 2, 3, 4, 5].reduce((sum, p) => sum + (x0.get(i, p) - noise.get(i, p)) ** 2, 0);
      const same = [0, 1, 2, 3, 4, 5].every((p) => after.noise.get(i, p) === batch.noise.get(i, p));
      if (same) kept++;
      else expect(distance(after)).toBeLessThan(distance(batch));
    }
    // One in three, by symmetry: standard deviation 9.4, four of them.
    expect(Math.abs(kept - 400 / 3)).toBeLessThan(38);
  });

  test("an image's noise depends on the images before it, not on how many follow", async () => {
    const batch = gaussianBatch(createRng(0), { count: 8, shape: [5] });
    const first: Batch = {
      x0: ndarray(batch.x0.data.slice(0, 15), [3, 5]),
      noise: ndarray(batch.noise.data.slice(0, 15), [3, 5]),
    };
    expect((await apply(first, 4)).noise.data).toEqual((await apply(batch, 4)).noise.data.slice(0, 15));
  });

  test('a second call with the same stream draws anew', async () => {
    const batch = gaussianBatch(createRng(0), { count: 8, shape: [5] });
    const rng = createRng(1);
    const transform = nearestNoise({ candidates: 8 });
    const once = await transform(batch, rng);
    expect((await transform(batch, rng)).noise.data).not.toEqual(once.noise.data);
  });

  test.each([0, 1.5, NaN, -1])('refuses %d candidates', (candidates) => {
    expect(() => nearestNoise({ candidates })).toThrow(
      'nearestNoise: candidates must be an integer of at least 1',
    );
  });
});

describe.each(nearest)(
  'nearestNoise in $dimensions dimensions, ‖x‖ = $norm, $candidates candidates',
  ({ dimensions, norm, candidates, levels, distance2, ...moments }) => {
    const count = 40_000;
    let noise: Float32Array;
    /** Along no axis, so that a mix-up of components shows. */
    const unit = Array.from({ length: dimensions }, (_, p) => (p + 1) * (p % 2 ? -1 : 1));
    const length = Math.hypot(...unit);
    unit.forEach((u, p) => (unit[p] = u / length));

    beforeAll(async () => {
      const batch: Batch = {
        x0: ndarray(
          Float32Array.from(
            { length: count * dimensions },
            (_, i) => norm * (unit[i % dimensions] as number),
          ),
          [count, dimensions],
        ),
        noise: ndarray(createRng(2).fillNormal(new Float32Array(count * dimensions)), [count, dimensions]),
      };
      noise = (await apply(batch, candidates, 3)).noise.data;
    });
    const vectors = (): number[][] =>
      Array.from({ length: count }, (_, i) =>
        Array.from(noise.subarray(i * dimensions, (i + 1) * dimensions)),
      );
    const expectMean = (values: number[], expected: number): void => {
      const mean = values.reduce((sum, v) => sum + v, 0) / count;
      const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / count;
      expect(Math.abs(mean - expected)).toBeLessThan(4 * Math.sqrt(variance / count));
    };
    const dot = (x: number[], y: number[]): number => x.reduce((sum, v, p) => sum + v * (y[p] as number), 0);

    test('the squared distance has the distribution of the least of k noncentral χ²', () => {
      const found = vectors().map((n) =>
        n.reduce((sum, v, p) => sum + (v - norm * (unit[p] as number)) ** 2, 0),
      );
      levels.forEach((p, l) => {
        const below = found.filter((d) => d <= (distance2[l] as number)).length / count;
        expect(Math.abs(below - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / count));
      });
    });

    test('the components along and across the image have the exact moments', () => {
      const along = vectors().map((n) => dot(n, unit));
      expectMean(along, moments.along);
      expectMean(
        along.map((z) => z * z),
        moments.along2,
      );
      expectMean(
        vectors().map((n, i) => dot(n, n) - (along[i] as number) ** 2),
        moments.across2,
      );
    });

    test('no direction across the image is preferred', () => {
      // Across the image: unit vectors in the plane of it and an axis.
      for (let axis = 0; axis < dimensions; axis++) {
        const across = unit.map((u, p) => (p === axis ? 1 : 0) - (unit[axis] as number) * u);
        const size = Math.hypot(...across);
        const parts = vectors().map((n) => dot(n, across) / size);
        expectMean(parts, 0);
        expectMean(
          parts.map((v) => v * v),
          moments.across2 / (dimensions - 1),
        );
      }
    });
  },
);

describe('nearestNoise on independent values, D = 3072', () => {
  let batch: Batch;
  beforeAll(() => {
    batch = gaussianBatch(createRng(0), { count: 256, shape: [32, 32, 3] });
  });

  // E_k, the mean of the largest of k standard normal numbers (Harter 1961, Biometrika 48), and the drop in per cent
  // that a simulation apart from this code has measured (numpy, 256 samples).
  test.each([
    [2, 0.5642, 0.66],
    [4, 1.0294, 1.16],
    [8, 1.4236, 1.58],
    [16, 1.766, 1.9],
    [32, 2.0697, 2.27],
    [64, 2.3437, 2.6],
  ])('%i candidates shorten and shift the noise as the closed form says', async (k, mean, percent) => {
    const after = await apply(batch, k);
    // ‖x − n‖² is nearly normal, variance 2D + 4‖x‖² = 6D: d² falls by E_k·√(6D), out of 2D; the distance by half.
    const deviation = Math.sqrt(6 * 3072);
    const drop = distanceDrop(batch, after);
    // 256 images, each with standard deviation of at most √2·√(6D)/(4D) of the drop.
    const spread = (Math.SQRT2 * deviation) / (4 * 3072) / 16;
    expect(Math.abs(drop - (mean * deviation) / (4 * 3072))).toBeLessThan(4 * spread);
    expect(Math.abs(100 * drop - percent)).toBeLessThan(0.2);
    // The same selection, by regression on ‖n‖² and ⟨x, n⟩.
    const { meanSquare, slope } = noiseMoments(after);
    expect(Math.abs(meanSquare - (1 - (2 * mean) / deviation))).toBeLessThan(4 * Math.sqrt(2 / (256 * 3072)));
    expect(Math.abs(slope - (2 * mean) / deviation)).toBeLessThan(4 / Math.sqrt(256 * 3072));
  });
});
