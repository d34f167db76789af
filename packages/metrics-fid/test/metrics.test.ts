import { readFileSync } from 'node:fs';
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
import { uniform } from './inception-fixture.js';

const fixture = JSON.parse(readFileSync(new URL('./fixtures/metrics.json', import.meta.url), 'utf8')) as {
  prdc: { k: number; precision: number; recall: number; density: number; coverage: number }[];
  kid: number;
  kernels: {
    kid_kernel: string;
    kid_kernel_poly_degree?: number;
    kid_kernel_poly_gamma?: number;
    kid_kernel_poly_coef0?: number;
    kid_kernel_rbf_sigma?: number;
    value: number;
  }[];
  mifid: { copies: boolean; threshold: number; value: number }[];
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

describe('kernelDistance with other kernels', () => {
  it.each(fixture.kernels)("gives torch-fidelity's value: %j (test/fixtures/make-metrics.py)", (one) => {
    const kernel =
      one.kid_kernel_rbf_sigma !== undefined
        ? { sigma: one.kid_kernel_rbf_sigma }
        : {
            ...(one.kid_kernel_poly_degree !== undefined && { degree: one.kid_kernel_poly_degree }),
            ...(one.kid_kernel_poly_gamma !== undefined && { gamma: one.kid_kernel_poly_gamma }),
            ...(one.kid_kernel_poly_coef0 !== undefined && { coef0: one.kid_kernel_poly_coef0 }),
          };
    const [a, b] = [vectors(3, 60, 20), vectors(4, 60, 20, { shift: 0.1 })];
    const options = { rng: createRng(0), subsets: 1, subsetSize: 60, kernel };
    expect(Math.abs(kernelDistance(a, b, options).value / one.value - 1)).toBeLessThan(1e-10);
  });

  it('refuses kernels that are none', () => {
    const kernelled = (kernel: object) =>
      kernelDistance(vectors(3, 6, 2), vectors(4, 6, 2), { rng: createRng(0), subsetSize: 3, kernel });
    expect(() => kernelled({ sigma: 0 })).toThrow('sigma must be positive, got 0');
    expect(() => kernelled({ degree: 1.5 })).toThrow('degree must be an integer');
    expect(() => kernelled({ coef0: NaN })).toThrow('coef0 must be finite');
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

describe('mongeDistance', () => {
  const rng = () => createRng(5);
  it('is three times the squared distance of sorted numbers in one dimension', () => {
    const [x, y] = [normal(1, 400, 1), normal(2, 400, 1)];
    const [a, b] = [x, y].map(({ data }) => [...data].sort((p, q) => p - q)) as [number[], number[]];
    const expected = 3 * a.reduce((sum, value, i) => sum + (value - (b[i] as number)) ** 2 / 400, 0);
    expect(mongeDistance(x, y, { rng: rng(), projections: 3 })).toBeCloseTo(expected, 12);
  });

  it('is the integral over angles in two dimensions', () => {
    const [x, y] = [normal(1, 100, 2), vectors(4, 100, 2)];
    let integral = 0;
    for (let step = 0; step < 720; step++) {
      const [c, s] = [Math.cos((step * Math.PI) / 720), Math.sin((step * Math.PI) / 720)];
      const [a, b] = [x, y].map((set) =>
        Array.from({ length: 100 }, (_, i) => c * set.get(i, 0) + s * set.get(i, 1)).sort((p, q) => p - q),
      ) as [number[], number[]];
      integral += a.reduce((sum, value, i) => sum + (value - (b[i] as number)) ** 2, 0) / 100 / 720;
    }
    const found = mongeDistance(x, y, { rng: rng(), projections: 20_000 });
    expect(Math.abs(found / (6 * integral) - 1)).toBeLessThan(0.02);
  });

  it('is 3‖δ‖² for a shift by δ, in expectation over the directions', () => {
    const x = normal(1, 50, 16);
    const shifted = ndarray(
      x.data.map((value) => value + 0.5),
      [50, 16],
    );
    const found = mongeDistance(x, shifted, { rng: rng(), projections: 20_000 });
    expect(Math.abs(found / (3 * 16 * 0.25) - 1)).toBeLessThan(0.04);
  });

  it('draws as many of the larger set as the smaller has, by the generator given', () => {
    const [x, y] = [normal(1, 90, 3), normal(2, 40, 3)];
    const found = mongeDistance(x, y, { rng: rng(), projections: 50 });
    expect(mongeDistance(x, y, { rng: rng(), projections: 50 })).toBe(found);
    expect(mongeDistance(x, y, { rng: createRng(6), projections: 50 })).not.toBe(found);
    expect(found).toBeGreaterThan(0);
  });
});

describe('pathLength', () => {
  const identity = {
    id: 'identity@1',
    dimensions: 3,
    extract: async ({ data, shape }: NdArray<Float32Array>) => ndarray(data, [shape[0] as number, 3]),
  };
  const weights = [2, -1, 0.5];
  const generate = async ({ data, shape }: NdArray<Float32Array>) =>
    ndarray(
      data.map((value, i) => value * (weights[i % 3] as number)),
      [shape[0] as number, 1, 1, 3],
    );
  const options = { generate, extractor: identity, size: 3, rng: createRng(1), samples: 4000, epsilon: 0.01 };

  it('of a linear generator by straight paths is E‖W(z₁ − z₀)‖² = 2·tr WᵀW', async () => {
    const found = await pathLength({ ...options, interpolation: 'lerp', keep: [0, 100] });
    expect(Math.abs(found.value / (2 * 5.25) - 1)).toBeLessThan(0.06);
    // Var of Σ wᵢ²·2·χ² is 8 Σ wᵢ⁴.
    expect(Math.abs(found.std / Math.sqrt(8 * (16 + 1 + 1 / 16)) - 1)).toBeLessThan(0.1);
  });

  it('by great circles at fixed length is the mean square of the angle: Z = 2, W = 1', async () => {
    // z turns by εθ, θ uniform in [0, π], and its length grows by ε(|z₁| − |z₀|): E = 2·π²/3 + 2·(2 − π/2).
    const flat = {
      ...identity,
      dimensions: 2,
      extract: async ({ data, shape }: NdArray<Float32Array>) => ndarray(data, [shape[0] as number, 2]),
    };
    const found = await pathLength({
      ...options,
      size: 2,
      extractor: flat,
      rng: createRng(3),
      samples: 8000,
      keep: [0, 100],
      generate: async ({ data, shape }) => ndarray(data, [shape[0] as number, 1, 1, 2]),
    });
    expect(Math.abs(found.value / ((2 * Math.PI ** 2) / 3 + 2 * (2 - Math.PI / 2)) - 1)).toBeLessThan(0.06);
  });

  it('leaves out what lies beyond the percentiles, and refuses wrong options', async () => {
    const all = await pathLength({ ...options, rng: createRng(2), keep: [0, 100], samples: 500 });
    const kept = await pathLength({ ...options, rng: createRng(2), keep: [1, 50], samples: 500 });
    expect(kept.value).toBeLessThan(all.value / 1.5);
    await expect(pathLength({ ...options, epsilon: 0 })).rejects.toThrow(
      'epsilon must be in [1e-6, 1), got 0',
    );
    await expect(pathLength({ ...options, keep: [9, 1] })).rejects.toThrow(
      'keep must be two rising percentiles',
    );
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
