import { type Batch, createRng } from '@immiscible/core';
import ndarray from 'ndarray';
import { describe, expect, test } from 'vitest';
import { gaussianBatch, row } from '@immiscible/testing/host';
import { linearAssignment } from './linear-assignment.js';
import { nearestNoise } from './nearest-noise.js';
import { withinClasses } from './within-classes.js';

/** Two classes whose images lie at +2 and −2 in every component. */
const apart = (seed: number): Batch => {
  const batch = gaussianBatch(createRng(seed), { count: 64, shape: [4], rms: 0.5, classes: 2 });
  batch.x0.data.forEach((_, i) => (batch.x0.data[i] = (batch.x0.data[i] as number) + (i % 8 < 4 ? 2 : -2)));
  return batch;
};
const noisesOf = ({ noise, labels }: Batch, label: number): string[] =>
  Array.from(labels ?? [])
    .flatMap((l, i) => (l === label ? [row(noise, i).join()] : []))
    .sort();
const classMean = ({ noise, labels }: Batch, label: number): number => {
  const values = Array.from(labels ?? []).flatMap((l, i) => (l === label ? row(noise, i) : []));
  return values.reduce((sum, v) => sum + v, 0) / values.length;
};

describe('withinClasses', () => {
  test('each class keeps exactly the noises that were drawn for it', async () => {
    const batch = apart(0);
    const after = await withinClasses(linearAssignment())(batch, createRng(1));
    for (const label of [0, 1]) expect(noisesOf(after, label)).toEqual(noisesOf(batch, label));
    expect(after.noise.data).not.toEqual(batch.noise.data);
  });

  test("assignment over a mixed batch moves a class's noise toward its images; within classes it doesn't", async () => {
    let mixed = 0;
    let within = 0;
    for (let seed = 0; seed < 20; seed++) {
      mixed += classMean(await linearAssignment()(apart(seed), createRng(1)), 0) / 20;
      within += classMean(await withinClasses(linearAssignment())(apart(seed), createRng(1)), 0) / 20;
    }
    // The half with the larger Σ of 4 components: mean √(2/π)·2 for the sum, so 0.4 each. Spread of both: 1/√(20·128).
    expect(Math.abs(mixed - Math.sqrt(2 / Math.PI) / 2)).toBeLessThan(0.08);
    expect(Math.abs(within)).toBeLessThan(4 / Math.sqrt(20 * 128));
  });

  test('is the transform itself where there is one class only', async () => {
    const batch = gaussianBatch(createRng(0), { count: 12, shape: [5], classes: 1 });
    for (const transform of [linearAssignment(), nearestNoise({ candidates: 3 })]) {
      const alone = await transform(batch, createRng(1));
      expect((await withinClasses(transform)(batch, createRng(1))).noise.data).toEqual(alone.noise.data);
    }
  });

  test('hands over the images, labels and noise of one class at a time, in ascending order', async () => {
    const seen: [number[], number[]][] = [];
    const batch: Batch = {
      x0: ndarray(Float32Array.of(1, 2, 3, 4), [4, 1]),
      noise: ndarray(Float32Array.of(10, 20, 30, 40), [4, 1]),
      labels: Int32Array.of(7, 3, 7, 3),
    };
    const after = await withinClasses((part) => {
      seen.push([Array.from(part.labels ?? []), Array.from(part.x0.data)]);
      return { ...part, noise: ndarray(part.noise.data.slice().reverse(), part.noise.shape) };
    })(batch, createRng(0));
    expect(seen).toEqual([
      [
        [3, 3],
        [2, 4],
      ],
      [
        [7, 7],
        [1, 3],
      ],
    ]);
    expect(Array.from(after.noise.data)).toEqual([30, 40, 10, 20]);
  });

  test('has the pool of the transform', () => {
    expect(withinClasses(linearAssignment({ pool: 512 })).pool).toBe(512);
    expect('pool' in withinClasses(linearAssignment())).toBe(false);
  });

  test('refuses a batch without labels', async () => {
    const { labels: _, ...batch } = apart(0);
    await expect(withinClasses(linearAssignment())(batch, createRng(0))).rejects.toThrow(
      'withinClasses: labels must be given, got none; use the bare transform',
    );
  });
});
