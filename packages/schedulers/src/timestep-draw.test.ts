import { createRng } from '@immiscible/core';
import { describe, expect, it } from 'vitest';
import {
  linearSchedule,
  logitNormalTimesteps,
  logNormalSigmas,
  logNormalTimesteps,
  rescaleZeroTerminalSnr,
  stratifiedTimesteps,
  stratifiedUniforms,
  uniformTimesteps,
} from './index.js';

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

/** Kolmogorov–Smirnov distance of a sample from a distribution; 1.95/√n is exceeded once in a thousand times. */
function ksDistance(sample: readonly number[], cdf: (x: number) => number): number {
  const sorted = [...sample].sort((a, b) => a - b);
  return Math.max(
    ...sorted.map((x, i) => Math.max(cdf(x) - i / sorted.length, (i + 1) / sorted.length - cdf(x))),
  );
}

/** Φ, to 1.5e-7 (Abramowitz and Stegun 7.1.26). */
function normalCdf(x: number): number {
  const t = 1 / (1 + (0.3275911 * Math.abs(x)) / Math.SQRT2);
  const erf =
    1 -
    t *
      (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))) *
      Math.exp((-x * x) / 2);
  return x < 0 ? (1 - erf) / 2 : (1 + erf) / 2;
}

const n = 10_000;
const limit = 1.95 / Math.sqrt(n);

describe('stratifiedTimesteps', () => {
  it('draws one timestep in each part, each uniformly, in random order', () => {
    for (const count of [1, 7, 100]) {
      const drawn = stratifiedTimesteps(count, 1000, createRng(3));
      const parts = [...drawn].map((t) => Math.floor(((t + 0.5) * count) / 1000)).sort((a, b) => a - b);
      if (count !== 7) expect(parts).toEqual(Array.from({ length: count }, (_, i) => i));
      if (count > 1) expect([...drawn].sort((a, b) => a - b)).not.toEqual([...drawn]);
    }
    const first = Array.from({ length: n }, (_, k) => stratifiedUniforms(4, createRng(k))[0]!);
    expect(ksDistance(first, (u) => u)).toBeLessThan(limit);
  });

  it('stays below T, for any size', () => {
    expect(stratifiedTimesteps(0, 5, createRng(0))).toEqual(new Int32Array(0));
    expect(stratifiedTimesteps(3, 1, createRng(0))).toEqual(Int32Array.of(0, 0, 0));
    for (const u of stratifiedUniforms(1000, createRng(1))) expect(u).toBeLessThan(1);
  });
});

describe('logitNormalTimesteps', () => {
  it('draws t/T whose logit is normal', () => {
    const drawn = logitNormalTimesteps({ mean: 0.5, std: 0.8 })(n, 1_000_000, createRng(4));
    const cdf = (t: number) => {
      const u = (t + 0.5) / 1_000_000;
      return normalCdf((Math.log(u / (1 - u)) - 0.5) / 0.8);
    };
    expect(ksDistance([...drawn], cdf)).toBeLessThan(limit);
  });

  it('stays within [0, T) however far out the draw is', () => {
    for (const mean of [-1000, 1000]) {
      expect([...logitNormalTimesteps({ mean })(2, 10, createRng(0))]).toEqual(mean < 0 ? [0, 0] : [9, 9]);
    }
  });
});

describe('log-normal noise levels', () => {
  it('have a normal logarithm', () => {
    const sigmas = logNormalSigmas({ mean: -0.4, std: 1 })(n, createRng(5));
    expect(ksDistance([...sigmas], (sigma) => normalCdf(Math.log(sigma) + 0.4))).toBeLessThan(limit);
  });

  it('become the timesteps of the nearest levels', () => {
    const schedule = rescaleZeroTerminalSnr(linearSchedule());
    const sigmas = logNormalSigmas()(300, createRng(6));
    const timesteps = logNormalTimesteps(schedule)(300, 1000, createRng(6));
    const levels = [...schedule.alphaBar].map((a) => Math.log(Math.sqrt((1 - a) / a)));
    timesteps.forEach((t, i) => {
      const gaps = levels.map((level) => Math.abs(level - Math.log(sigmas[i]!)));
      expect(gaps[t]).toBeCloseTo(Math.min(...gaps), 9);
    });
  });

  it('beyond the schedule become its ends', () => {
    const schedule = linearSchedule();
    expect(logNormalTimesteps(schedule, { mean: -99, std: 0 })(1, 1000, createRng(0))[0]).toBe(0);
    expect(logNormalTimesteps(schedule, { mean: 99, std: 0 })(1, 1000, createRng(0))[0]).toBe(999);
  });
});

describe('draws of timesteps', () => {
  it('refuse what they cannot draw', () => {
    expect(() => logitNormalTimesteps({ std: -1 })).toThrow(/std must be at least 0/);
    expect(() => logNormalSigmas({ mean: NaN })).toThrow(/mean must be finite/);
    const draw = logNormalTimesteps(linearSchedule());
    expect(() => draw(1, 500, createRng(0))).toThrow(/timesteps must be 1000 as in its schedule, got 500/);
    expect(() => stratifiedTimesteps(1, 0, createRng(0))).toThrow(/timesteps/);
    expect(() => stratifiedUniforms(-1, createRng(0))).toThrow(/count/);
  });
});

it.each<[string, (none: never) => unknown]>([
  ['uniformTimesteps', (none) => uniformTimesteps(2, 1000, none)],
  ['stratifiedTimesteps', (none) => stratifiedTimesteps(2, 1000, none)],
  ['stratifiedUniforms', (none) => stratifiedUniforms(2, none)],
  ['logitNormalTimesteps', (none) => logitNormalTimesteps()(2, 1000, none)],
  ['logNormalTimesteps', (none) => logNormalTimesteps(linearSchedule())(2, 1000, none)],
  ['logNormalSigmas', (none) => logNormalSigmas()(2, none)],
])('%s draws from an Rng only', (name, draw) => {
  for (const none of [undefined, 7, createRng])
    expect(() => draw(none as never)).toThrow(`${name}: rng must be an Rng, got `);
});
