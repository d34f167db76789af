import { readFileSync } from 'node:fs';
import { createRng } from '@immiscible/core';
import { describe, expect, test } from 'vitest';
import { chiSquared } from './chi-squared.js';

/** By scipy.stats.chi2: test/fixtures/make.py. */
const { chiSquared: fixture } = JSON.parse(
  readFileSync(new URL('../test/fixtures/nearest.json', import.meta.url), 'utf8'),
) as { chiSquared: { degrees: number; levels: number[]; quantiles: number[] }[] };

describe('chiSquared', () => {
  test.each(fixture)('has the quantiles of scipy for $degrees degrees', ({ degrees, levels, quantiles }) => {
    const rng = createRng(degrees);
    const count = 40_000;
    const draws = Float64Array.from({ length: count }, () => chiSquared(degrees, rng));
    levels.forEach((p, l) => {
      const below = draws.filter((x) => x <= (quantiles[l] as number)).length / count;
      expect(Math.abs(below - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / count));
    });
  });

  test('has mean ν and variance 2ν', () => {
    for (const degrees of [1, 2, 5, 100]) {
      const rng = createRng(degrees);
      const count = 40_000;
      let sum = 0;
      let squares = 0;
      for (let i = 0; i < count; i++) {
        const x = chiSquared(degrees, rng) - degrees;
        sum += x;
        squares += x * x;
      }
      expect(Math.abs(sum / count)).toBeLessThan(4 * Math.sqrt((2 * degrees) / count));
      // Fourth central moment 12ν(ν + 4), less (2ν)².
      const spread = Math.sqrt((12 * degrees * (degrees + 4) - 4 * degrees ** 2) / count);
      expect(Math.abs(squares / count - 2 * degrees)).toBeLessThan(4 * spread);
    }
  });

  test('is 0 for 0 degrees, and draws nothing for it', () => {
    const rng = createRng(0);
    expect(chiSquared(0, rng)).toBe(0);
    expect(rng.state().drawn).toBe(0);
  });
});
