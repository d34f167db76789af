import { readFileSync } from 'node:fs';
import { createRng } from '@immiscible/core';
import {
  frechetDistance,
  kernelDistance,
  manifoldMetrics,
  memorization,
  mongeDistance,
  pathLength,
  statistics,
} from '@immiscible/metrics-fid';
import '@immiscible/testing';
import fc from 'fast-check';
import ndarray from 'ndarray';
import { describe, expect, it } from 'vitest';
import { uniform } from './inception-fixture.js';

const fixture = JSON.parse(readFileSync(new URL('./fixtures/offsets.json', import.meta.url), 'utf8')) as {
  shift: number;
  kid: number;
  degree5: number;
  gaussian: number;
  cosine: number;
  prdc: { precision: number; recall: number; density: number; coverage: number };
}[];

/** As in fixtures/make-offsets.py: eighths, exact in float32 up to a million. */
function eighths(seed: number, n: number, d: number, shift: number) {
  const values = uniform(seed, n * d).map((value) => Math.floor(value * 32) / 8 + shift);
  return ndarray(Float32Array.from(values), [n, d]);
}

/** The same with 18 binary digits after the point: exact in float64, their squares are not. */
function fine(seed: number, n: number, d: number, shift: number) {
  const values = uniform(seed, n * d).map((value) => Math.floor(value * 2 ** 20) / 2 ** 18 + shift);
  return ndarray(values, [n, d]);
}

const all = { rng: createRng(0), subsets: 1, subsetSize: 40 };

describe.each(fixture)('vectors $shift from the origin (test/fixtures/make-offsets.py)', (expected) => {
  const [x, y] = [eighths(1, 40, 6, expected.shift), eighths(2, 40, 6, expected.shift)];

  it('have the exact kernel distances', () => {
    const relative = (kernel: object | undefined, value: number) =>
      Math.abs(kernelDistance(x, y, { ...all, ...(kernel && { kernel }) }).value / value - 1);
    expect(relative(undefined, expected.kid)).toBeLessThan(1e-9);
    expect(relative({ degree: 5, gamma: 0.5 }, expected.degree5)).toBeLessThan(1e-9);
    expect(relative({ sigma: 1.5 }, expected.gaussian)).toBeLessThan(1e-10);
  });

  it('have the exact cosine distance', () => {
    expect(Math.abs(memorization(x, y).distance / expected.cosine - 1)).toBeLessThan(1e-8);
  });

  it('have the exact precision, recall, density and coverage', () => {
    const found = manifoldMetrics(x, y, { k: 3 });
    for (const name of ['precision', 'recall', 'density', 'coverage'] as const)
      expect(found[name]).toBeCloseTo(expected.prdc[name], 12);
  });
});

describe('a shift of both sets', () => {
  const cases = fc.record({
    shift: fc.oneof(fc.integer({ min: 1000, max: 1_000_000 }), fc.integer({ min: -1_000_000, max: -1000 })),
    n: fc.integer({ min: 8, max: 80 }),
    d: fc.integer({ min: 1, max: 9 }),
    seed: fc.nat(1000),
  });
  const sets = ({ n, d, seed }: { n: number; d: number; seed: number }, shift: number) =>
    [fine(seed, n, d, shift), fine(seed + 1, n + 3, d, shift)] as const;

  it('changes no covariance, Fréchet distance, MIND, Gaussian kernel distance or manifold metric', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const [near, far] = [sets(one, 0), sets(one, one.shift)];
        const [a, b, c, d] = [...near, ...far].map((x) => statistics(one.d).update(x).finish());
        expect(c!.covariance).toBeAllClose(a!.covariance, { atol: 1e-8, rtol: 1e-8 });
        expect(Math.abs(frechetDistance(c!, d!) - frechetDistance(a!, b!))).toBeLessThan(1e-5);
        const monge = ([x, y]: typeof near) => mongeDistance(x, y, { rng: createRng(1), projections: 20 });
        expect(Math.abs(monge(far) - monge(near))).toBeLessThan(1e-9);
        const kernel = ([x, y]: typeof near) =>
          kernelDistance(x, y, { rng: createRng(1), subsets: 2, subsetSize: 8, kernel: { sigma: 2 } }).value;
        expect(Math.abs(kernel(far) - kernel(near))).toBeLessThan(1e-10);
        expect(manifoldMetrics(...far, { k: 2 })).toEqual(manifoldMetrics(...near, { k: 2 }));
      }),
      { seed: 1, numRuns: 60 },
    );
  });

  it('of two clusters a million apart leaves each its own distances', () => {
    const far = (seed: number) => {
      const x = fine(seed, 40, 6, 1_000_000);
      for (let i = 0; i < 20; i++) for (let j = 0; j < 6; j++) x.set(i, j, x.get(i, j) - 2_000_000);
      return x;
    };
    const near = (seed: number) => {
      const x = fine(seed, 40, 6, 0);
      for (let i = 0; i < 20; i++) for (let j = 0; j < 6; j++) x.set(i, j, x.get(i, j) - 100);
      return x;
    };
    expect(manifoldMetrics(far(1), far(2), { k: 3 })).toEqual(manifoldMetrics(near(1), near(2), { k: 3 }));
  });
});

describe('numbers whose squares are beyond float64', () => {
  const huge = ndarray(Float64Array.of(1e200, -1e200, 2e200, 1e200, 0, 1e200), [3, 2]);
  it.each([
    ['manifoldMetrics', () => manifoldMetrics(huge, huge, { k: 1 })],
    ['kernelDistance', () => kernelDistance(huge, huge, { ...all, subsetSize: 3 })],
    [
      'mongeDistance',
      () => mongeDistance(huge, ndarray(Float64Array.of(-1e200, 0), [1, 2]), { rng: createRng(1) }),
    ],
  ])('are refused by %s', (_, run) => expect(run).toThrow('small enough that squares are finite'));

  it("don't matter to cosines", () => {
    expect(memorization(huge, huge).distance).toBeLessThan(1e-15);
  });
});

describe('pathLength of features that float32 is too coarse for', () => {
  const generate = async ({ data, shape }: { data: Float32Array; shape: number[] }) =>
    ndarray(Float32Array.from(data), [shape[0] as number, 1, 1, 3]);
  const shifted = (shift: number) => ({
    id: 'shifted@1',
    dimensions: 3,
    extract: async ({ data, shape }: { data: Float32Array; shape: number[] }) =>
      ndarray(
        data.map((value) => value + shift),
        [shape[0] as number, 3],
      ),
  });
  const options = { generate, size: 3, samples: 200, keep: [0, 100] as const };

  it.each([1e3, 1e6])('is refused, not rounded: shift %d', async (shift) => {
    const run = pathLength({ ...options, extractor: shifted(shift), rng: createRng(1) });
    await expect(run).rejects.toThrow(/pathLength: features must be near enough to 0/);
  });

  it('is 0 for a generator that ignores its noise', async () => {
    const same = async ({ shape }: { shape: number[] }) =>
      ndarray(new Float32Array(3 * (shape[0] as number)).fill(0.3), [shape[0] as number, 1, 1, 3]);
    const found = await pathLength({
      ...options,
      generate: same,
      extractor: shifted(1e6),
      rng: createRng(1),
    });
    expect(found.value).toBe(0);
  });

  it('refuses a step that noise of float32 has no room for', async () => {
    const run = pathLength({ ...options, extractor: shifted(0), rng: createRng(1), epsilon: 1e-8 });
    await expect(run).rejects.toThrow('epsilon must be in [1e-6, 1), got 1e-8');
  });
});
