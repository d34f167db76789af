import { createRng } from '@immiscible/core';
import {
  bootstrapInterval,
  frechetDistance,
  frechetInfinity,
  inceptionScore,
  kernelDistance,
  manifoldMetrics,
  memorization,
  mongeDistance,
  pathLength,
  statistics,
} from '@immiscible/metrics-fid';
import ndarray, { type NdArray } from 'ndarray';
import { describe, expect, it } from 'vitest';
import { fixture, vectors } from './metrics-fixture.js';

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

describe('memorization', () => {
  const real = vectors(1, 90, 8);
  const fake = vectors(2, 70, 8, { shift: 0.05, scale: 0.9 });
  const near = vectors(9, 40, 8);
  const far = vectors(2, 30, 8, { scale: 0.9 });
  const copies = ndarray(
    Float64Array.from({ length: 560 }, (_, i) =>
      i < 320
        ? 1.01 * (real.data[i] as number) + 0.01 * (near.data[i] as number)
        : (far.data[i - 320] as number),
    ),
    [70, 8],
  );
  it.each(fixture.mifid)(
    "gives torchmetrics' MiFID, copies $copies, threshold $threshold (test/fixtures/make-metrics.py)",
    ({ copies: copied, threshold, value }) => {
      const generated = copied ? copies : fake;
      const { penalty } = memorization(real, generated, { threshold });
      const of = (x: NdArray<Float64Array>) => statistics(8).update(x).finish();
      const found = frechetDistance(of(real), of(generated)) / (penalty + 1e-14);
      expect(Math.abs(found / value - 1)).toBeLessThan(1e-6);
    },
  );

  it('finds copies at 0, whatever their length, and leaves zeros out', () => {
    const scaled = ndarray(
      Float64Array.from([...real.data.slice(0, 80).map((v) => -3 * v), ...Array(8).fill(0)]),
      [11, 8],
    );
    expect(memorization(real, scaled).distance).toBeLessThan(1e-15);
    expect(() => memorization(real, ndarray(new Float64Array(16), [2, 8]))).toThrow(
      'generated must be vectors that are not zero',
    );
    expect(() => memorization(real, fake, { threshold: 0 })).toThrow('threshold must be in (0, 1], got 0');
  });
});

describe('a stream of random numbers', () => {
  const features = vectors(1, 8, 2);
  const gaussian = statistics(2).update(features).finish();
  const extractor = { name: 'x', dimensions: 2, extract: async (images: NdArray<Float32Array>) => images };
  const generate = async (z: NdArray<Float32Array>) => z;
  const functions: Record<string, (rng: never) => unknown> = {
    bootstrapInterval: (rng) => bootstrapInterval(8, () => 0, { rng }),
    kernelDistance: (rng) => kernelDistance(features, features, { rng, subsetSize: 4 }),
    mongeDistance: (rng) => mongeDistance(features, features, { rng }),
    frechetInfinity: (rng) => frechetInfinity(gaussian, features, { rng, smallest: 4 }),
    pathLength: (rng) => pathLength({ generate, extractor: extractor as never, size: 2, rng }),
  };
  it.each(Object.entries(functions))('is one: %s', async (name, run) => {
    for (const none of [undefined, 7, createRng])
      await expect(async () => run(none as never)).rejects.toThrow(`${name}: rng must be an Rng, got `);
  });
});
