import { readFileSync } from 'node:fs';
import { createRng } from '@immiscible/core';
import {
  bootstrapInterval,
  frechetDistance,
  frechetInfinity,
  inceptionScore,
  kernelDistance,
  manifoldMetrics,
  statistics,
} from '@immiscible/metrics-fid';
import ndarray, { type NdArray } from 'ndarray';
import { describe, expect, it } from 'vitest';
import { uniform } from './inception-fixture.js';

const fixture = JSON.parse(readFileSync(new URL('./fixtures/metrics.json', import.meta.url), 'utf8')) as {
  prdc: { k: number; precision: number; recall: number; density: number; coverage: number }[];
  kid: number;
  inceptionScore: { value: number; std: number };
  frechet: { name: string; n: number; m: number; d: number; decay: number; value: number }[];
};

/** As in fixtures/make-metrics.py. */
function vectors(seed: number, n: number, d: number, { shift = 0, decay = 1, scale = 1 } = {}) {
  const x = uniform(seed, n * d).map((value, i) => (value - 0.5) * decay ** (i % d));
  const data = x.map((value, i) => {
    const before = i % d === 0 ? i + d - 1 : i - 1;
    return scale * (value + 0.5 * (x[before] as number) + shift);
  });
  return ndarray(data, [n, d]);
}

function normal(seed: number, n: number, d: number): NdArray<Float64Array> {
  const rng = createRng(seed);
  return ndarray(
    Float64Array.from({ length: n * d }, () => rng.normal()),
    [n, d],
  );
}

describe('manifoldMetrics', () => {
  it.each(fixture.prdc)(
    "gives prdc's values for k = $k (test/fixtures/make-metrics.py)",
    ({ k, ...expected }) => {
      const found = manifoldMetrics(vectors(1, 90, 8), vectors(2, 70, 8, { shift: 0.05, scale: 0.9 }), { k });
      for (const name of ['precision', 'recall', 'density', 'coverage'] as const)
        expect(found[name]).toBeCloseTo(expected[name], 12);
    },
  );

  it('finds no precision or recall between sets that are far apart', () => {
    const far = manifoldMetrics(vectors(1, 30, 8), vectors(2, 30, 8, { shift: 100 }));
    expect(far).toEqual({ precision: 0, recall: 0, density: 0, coverage: 0 });
  });

  it('refuses fewer vectors than neighbors, and NaN', () => {
    expect(() => manifoldMetrics(vectors(1, 5, 2), vectors(2, 9, 2))).toThrow(
      'k must be less than the number',
    );
    const spoiled = vectors(1, 9, 2);
    spoiled.set(3, 1, NaN);
    expect(() => manifoldMetrics(vectors(1, 9, 2), spoiled)).toThrow(
      'generated[3,1] must be finite, got NaN',
    );
  });
});

describe('kernelDistance', () => {
  const a = vectors(3, 60, 20);
  const b = vectors(4, 60, 20, { shift: 0.1 });

  it("gives clean-fid's value where a subset is all there is (test/fixtures/make-metrics.py)", () => {
    const found = kernelDistance(a, b, { rng: createRng(0), subsets: 2, subsetSize: 60 });
    expect(found.value / fixture.kid).toBeCloseTo(1, 9);
    expect(found.std).toBeLessThan(1e-12);
  });

  it('is unbiased: the mean over small subsets of one distribution is 0 within four standard errors', () => {
    const { value, std } = kernelDistance(normal(1, 800, 4), normal(2, 800, 4), {
      rng: createRng(0),
      subsets: 400,
      subsetSize: 20,
    });
    expect(Math.abs(value)).toBeLessThan((4 * std) / Math.sqrt(400) + 0.05);
    expect(std).toBeGreaterThan(0);
  });

  it('refuses fewer vectors than a subset takes', () => {
    expect(() => kernelDistance(a, b, { rng: createRng(0) })).toThrow(
      'real must be at least 1000 vectors, got 60',
    );
  });
});

describe('inceptionScore', () => {
  it("gives the definition's value by scipy (test/fixtures/make-metrics.py)", () => {
    const found = inceptionScore(vectors(5, 60, 12, { scale: 8 }), { splits: 3 });
    expect(found.value).toBeCloseTo(fixture.inceptionScore.value, 10);
    expect(found.std).toBeCloseTo(fixture.inceptionScore.std, 10);
  });

  it('is the number of classes for sure and even predictions, 1 for equal ones', () => {
    const sure = Float64Array.from({ length: 20 * 5 }, (_, i) =>
      Math.floor(i / 5) % 5 === i % 5 ? 1000 : 0,
    );
    expect(inceptionScore(ndarray(sure, [20, 5]), { splits: 2 }).value).toBeCloseTo(5, 12);
    expect(inceptionScore(ndarray(new Float64Array(100), [20, 5])).value).toBeCloseTo(1, 12);
  });
});

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
