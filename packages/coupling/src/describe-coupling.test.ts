import { type Batch, createRng } from '@immiscible/core';
import ndarray from 'ndarray';
import { describe, expect, test } from 'vitest';
import { gaussianBatch } from '@immiscible/testing/host';
import { describeCoupling, formatCoupling } from './describe-coupling.js';
import { independent } from './independent.js';
import { linearAssignment } from './linear-assignment.js';
import { nearestNoise } from './nearest-noise.js';
import { withinClasses } from './within-classes.js';

const rng = createRng(3);
const CLASSES = 4;
/** Images of a class have its mean, 1 in a dimension of its own. */
const batches = Array.from({ length: 20 }, (_, k): Batch => {
  const batch = gaussianBatch(createRng(9).split(k), { count: 100, shape: [64], classes: CLASSES, rms: 0.5 });
  const { data } = batch.x0;
  batch.labels?.forEach((label, i) => ((data[64 * i + label] as number) += 3));
  return batch;
});

describe('describeCoupling', () => {
  test('gives the numbers of a batch that is worked out by hand', async () => {
    const batch: Batch = {
      x0: ndarray(Float32Array.of(0, 2, 2, 2), [2, 2]),
      noise: ndarray(Float32Array.of(3, 6, 2, 1), [2, 2]),
      labels: Int32Array.of(7, 5),
    };
    const report = await describeCoupling(independent(), [batch], rng);
    // Distances 5 and 1. Sums of noise 5 and 7, of its squares 13 and 37; standard errors √2 and √4.
    expect(report).toMatchObject({
      images: 2,
      dimensions: 2,
      distance: { before: 3, after: 3, drop: 0 },
      mean: { value: 3, worst: 7 / Math.sqrt(2) },
      meanSquare: { value: 12.5, worst: 35 / 2 },
      classes: [
        { label: 5, images: 1, skew: Math.sqrt(5 / 2) },
        { label: 7, images: 1, skew: Math.sqrt(45 / 2) },
      ],
    });
    expect(report.mean.typical).toBeCloseTo(Math.sqrt((25 / 2 + 49 / 2) / 2), 12);
    expect(report.meanSquare.typical).toBeCloseTo(Math.sqrt((11 ** 2 / 4 + 35 ** 2 / 4) / 2), 12);
    // Covariances -1/2 and 0; variances of noise 1/4 and 25/4, of images 1 and 0.
    expect(report.correlation).toBeCloseTo(-0.5 / Math.sqrt(6.5 * 1), 12);
  });

  test('finds independent noise within what chance allows', async () => {
    const { images, dimensions, mean, meanSquare, correlation, classes } = await describeCoupling(
      independent(),
      batches,
      rng,
    );
    expect([images, dimensions]).toEqual([2000, 64]);
    // Four standard errors of a root mean square over 64, and of a correlation over 128,000 values.
    for (const { typical } of [mean, meanSquare])
      expect(Math.abs(typical - 1)).toBeLessThan(4 / Math.sqrt(128));
    expect(Math.abs(correlation)).toBeLessThan(4 / Math.sqrt(128_000));
    expect(classes.map(({ label }) => label)).toEqual([0, 1, 2, 3]);
    for (const { skew } of classes) expect(Math.abs(skew - 1)).toBeLessThan(4 / Math.sqrt(128));
  });

  test('finds the moments of an assignment unchanged, its noise nearer and correlated, its classes skewed', async () => {
    const before = await describeCoupling(independent(), batches, rng);
    const after = await describeCoupling(linearAssignment(), batches, rng);
    for (const moment of ['mean', 'meanSquare'] as const) {
      for (const key of ['value', 'typical', 'worst'] as const) {
        expect(after[moment][key]).toBeCloseTo(before[moment][key], 8);
      }
    }
    expect(after.distance.before).toBe(before.distance.before);
    expect(after.distance.drop).toBeGreaterThan(0.05);
    expect(after.correlation).toBeGreaterThan(0.1);
    for (const { skew } of after.classes) expect(skew).toBeGreaterThan(2);
  });

  test('finds the classes as they were where each is coupled by itself', async () => {
    const before = await describeCoupling(independent(), batches, rng);
    const after = await describeCoupling(withinClasses(linearAssignment()), batches, rng);
    after.classes.forEach(({ skew }, c) => expect(skew).toBeCloseTo(before.classes[c]?.skew as number, 8));
    expect(after.correlation).toBeGreaterThan(0.02);
  });

  test('finds the drift of nearest noise that the closed form gives', async () => {
    // E_16, the mean of the largest of 16 standard normal numbers (Harter 1961, Biometrika 48).
    const [largest, dimensions, count] = [1.766, 1024, 300];
    const many = gaussianBatch(createRng(1), { count, shape: [dimensions] });
    const found = await describeCoupling(nearestNoise({ candidates: 16 }), [many], rng);
    // ‖x − n‖² is nearly normal, variance 2D + 4‖x‖² = 6D; the selection moves it by E of these, out of 2D.
    const deviation = Math.sqrt(6 * dimensions);
    const lean = (2 * largest) / deviation;
    const error = 1 / Math.sqrt(count * dimensions);
    expect(Math.abs(found.meanSquare.value - (1 - lean))).toBeLessThan(4 * Math.SQRT2 * error);
    expect(Math.abs(found.correlation - lean)).toBeLessThan(4 * error);
    const drop = (largest * deviation) / (4 * dimensions);
    const spread = (Math.SQRT2 * deviation) / (4 * dimensions) / Math.sqrt(count);
    expect(Math.abs(found.distance.drop - drop)).toBeLessThan(4 * spread);
  });

  test('reads as text', async () => {
    const text = formatCoupling(await describeCoupling(linearAssignment(), batches, rng));
    expect(text).toMatch(/^2000 images of 64 values\ndistance {5}\S+ -> \S+, \d+\.\d\d % nearer\n/);
    expect(text).toMatch(/classes {6}skew \S+, worst \S+ of 4 \(by chance 1\)$/);
  });

  test('refuses no images, other sizes, labels here and there', async () => {
    const [first] = batches as [Batch];
    await expect(describeCoupling(independent(), [], rng)).rejects.toThrow('must hold at least one image');
    const other = gaussianBatch(rng, { count: 2, shape: [3], classes: 2 });
    await expect(describeCoupling(independent(), [first, other], rng)).rejects.toThrow(
      'images must have 64 values as in the first batch, got 3',
    );
    const bare = { x0: first.x0, noise: first.noise };
    await expect(describeCoupling(independent(), [first, bare], rng)).rejects.toThrow(
      'labels must be in all',
    );
  });
});
