import { createRng } from '@immiscible/core';
import { describe, expect, it } from 'vitest';
import { uniformTimesteps } from './index.js';

describe('uniformTimesteps', () => {
  it('draws each of T timesteps equally often', () => {
    const bins = 20;
    const n = 20_000;
    const counts = new Float64Array(bins);
    for (const t of uniformTimesteps(n, bins, createRng(1))) counts[t]!++;
    const chiSquared = counts.reduce((sum, c) => sum + (c - n / bins) ** 2 / (n / bins), 0);
    // 19 degrees of freedom: 43.8 is exceeded once in a thousand times.
    expect(chiSquared).toBeLessThan(43.8);
  });

  it('is the same for the same stream and any size, 0 and 1 included', () => {
    expect(uniformTimesteps(8, 1000, createRng(2))).toEqual(uniformTimesteps(8, 1000, createRng(2)));
    expect(uniformTimesteps(0, 1000, createRng(2))).toEqual(new Int32Array(0));
    expect(uniformTimesteps(3, 1, createRng(2))).toEqual(Int32Array.of(0, 0, 0));
  });

  it('refuses sizes that are none', () => {
    expect(() => uniformTimesteps(-1, 10, createRng(0))).toThrow(/count/);
    expect(() => uniformTimesteps(1, 0, createRng(0))).toThrow(/timesteps/);
  });
});
