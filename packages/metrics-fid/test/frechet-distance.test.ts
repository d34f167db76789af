import { createRng } from '@immiscible/core';
import { bootstrapInterval, frechetDistance, frechetInfinity, statistics } from '@immiscible/metrics-fid';
import { type NdArray } from 'ndarray';
import { describe, expect, it } from 'vitest';
import { fixture, normal, vectors } from './metrics-fixture.js';

describe('frechetDistance', () => {
  it.each(fixture.frechet)(
    "agrees with pytorch-fid's to 1e-6: $name (test/fixtures/make-metrics.py)",
    ({ n, m, d, decay, value }) => {
      const of = (features: NdArray<Float64Array>) => statistics(d).update(features).finish();
      const a = of(vectors(6, n, d, { decay }));
      const b = of(vectors(7, m, d, { decay, shift: 0.02, scale: 1.1 }));
      expect(Math.abs(frechetDistance(a, b) / value - 1)).toBeLessThan(1e-6);
      expect(frechetDistance(a, a)).toBeLessThan(1e-6);
    },
    60_000,
  );
});

describe('frechetInfinity', () => {
  it('removes most of the bias: 0 between two samples of one distribution, where the distance itself is not', () => {
    const d = 16;
    const exact = {
      n: 1e9,
      dimensions: d,
      mean: new Float64Array(d),
      covariance: Float64Array.from({ length: d * d }, (_, i) => (i % (d + 1) === 0 ? 1 : 0)),
    };
    const sample = normal(3, 4000, d);
    const { value, slope, points } = frechetInfinity(exact, sample, { rng: createRng(1), smallest: 200 });
    const last = points[14]?.value as number;
    expect(points.map(({ n }) => n).slice(0, 2)).toEqual([200, 471]);
    expect(points[14]?.n).toBe(4000);
    // The expected distance to order 1/n is (D + D(D + 1)/4)/n: the mean's and the covariance's part.
    expect(slope / (d + (d * (d + 1)) / 4)).toBeGreaterThan(0.8);
    expect(slope / (d + (d * (d + 1)) / 4)).toBeLessThan(1.25);
    expect(Math.abs(value)).toBeLessThan(last / 2);
  });
});

describe('bootstrapInterval', () => {
  it('gives the mean of a sample its standard error s/√n, and ±1.96 of it', () => {
    const sample = normal(4, 400, 1).data;
    const mean = (indices: Int32Array) => indices.reduce((sum, i) => sum + (sample[i] as number), 0) / 400;
    const { value, low, high, standardError } = bootstrapInterval(400, mean, {
      rng: createRng(2),
      replicates: 4000,
    });
    const average = sample.reduce((a, b) => a + b) / 400;
    const s = Math.sqrt(sample.reduce((sum, x) => sum + (x - average) ** 2, 0) / 400);
    expect(value).toBeCloseTo(average, 12);
    expect(standardError / (s / 20)).toBeCloseTo(1, 1);
    expect((high - value) / ((1.96 * s) / 20)).toBeCloseTo(1, 1);
    expect((value - low) / ((1.96 * s) / 20)).toBeCloseTo(1, 1);
  });
});
