import { readFileSync } from 'node:fs';
import { createRng } from '@immiscible/core';
import {
  consistencyScales,
  doublingLevels,
  karrasSigmas,
  risingLevels,
  teacherDecay,
} from '@immiscible/consistency';
import { describe, expect, it, test } from 'vitest';
import { lowerLevel } from '../src/easy-consistency-tuning.js';
import { erf, logNormalIntervals, intervalAt } from '../src/log-normal-intervals.js';

const fixture = JSON.parse(readFileSync(new URL('fixtures/consistency.json', import.meta.url), 'utf8')) as {
  karras18: number[];
  risingLevels: Record<string, number>;
  teacherDecay: Record<string, number>;
  doublingLevels: Record<string, number>;
  logNormal11: number[];
  erf: Record<string, number>;
  lowerLevel: [number, number, number][];
};

describe('karrasSigmas', () => {
  it("is NumPy's, ascending, its ends exact", () => {
    const sigmas = karrasSigmas(18);
    fixture.karras18.forEach((sigma, i) => expect((sigmas[i] as number) / sigma).toBeCloseTo(1, 12));
    expect([sigmas[0], sigmas[17]]).toEqual([0.002, 80]);
  });

  it('refuses fewer than two levels and ranges upside down', () => {
    expect(() => karrasSigmas(1)).toThrow('karrasSigmas: count must be');
    expect(() => karrasSigmas(3, { sigmaMin: 2, sigmaMax: 1 })).toThrow(
      'sigmaMax must be above sigmaMin (2), got 1',
    );
    expect(() => karrasSigmas(3, { sigmaMin: 0 })).toThrow('sigmaMin must be positive');
  });
});

describe('curricula', () => {
  const ct = { steps: 800_000, first: 2, last: 150 };
  test.each(Object.entries(fixture.risingLevels))(
    'consistency training has at step %s its %d levels',
    (step, levels) => expect(risingLevels(Number(step), ct)).toBe(levels),
  );
  test.each(Object.entries(fixture.teacherDecay))('its teacher decays at step %s by %d', (step, decay) =>
    expect(teacherDecay(Number(step), 0.9, ct)).toBeCloseTo(decay, 14),
  );
  test.each(Object.entries(fixture.doublingLevels))(
    'improved training has at step %s its %d levels',
    (step, levels) =>
      expect(doublingLevels(Number(step), { steps: 400_000, first: 10, last: 1280 })).toBe(levels),
  );
  test.each(fixture.lowerLevel)('easy tuning pairs %d in stage %d with %d', (t, stage, low) =>
    expect(lowerLevel(t, stage, 2)).toBeCloseTo(low, 13),
  );
  it('refuses steps and levels that can’t be', () => {
    expect(() => risingLevels(-1, ct)).toThrow('risingLevels: step must be');
    expect(() => doublingLevels(0, { ...ct, last: 1 })).toThrow('doublingLevels: last must be');
    expect(() => teacherDecay(0, 1, ct)).toThrow('teacherDecay: start must be in (0, 1), got 1');
  });
});

describe('the discretized log-normal', () => {
  test.each(Object.entries(fixture.erf))('erf(%s) is %d', (x, value) =>
    expect(erf(Number(x))).toBeCloseTo(value, 13),
  );

  it('has the intervals’ probabilities, and is drawn by them', () => {
    const probabilities = logNormalIntervals(karrasSigmas(11), -1.1, 2);
    fixture.logNormal11.forEach((p, i) => expect(probabilities[i]).toBeCloseTo(p, 13));
    const draws = 20_000;
    const counts = new Float64Array(10);
    const rng = createRng(1);
    for (let k = 0; k < draws; k++) (counts[intervalAt(probabilities, rng.uniform())] as number)++;
    // χ² of nine degrees of freedom: 27.9 is exceeded once in a thousand.
    const chi = counts.reduce((sum, n, i) => {
      const expected = draws * (probabilities[i] as number);
      return sum + (n - expected) ** 2 / expected;
    }, 0);
    expect(chi).toBeLessThan(27.9);
  });
});

describe('consistencyScales', () => {
  it('leave a sample at the lowest level as it is', () => {
    expect(consistencyScales(0.002)).toMatchObject({ skip: 1, out: 0 });
    expect(consistencyScales(0, { sigmaMin: 0 })).toMatchObject({ skip: 1, out: 0, in: 2 });
  });

  it('keep data of deviation σ_data at variance one for the network, and its answer’s', () => {
    for (const sigma of [0.01, 0.5, 3, 80]) {
      const { skip, out, in: inner } = consistencyScales(sigma, { sigmaMin: 0 });
      expect(inner ** 2 * (sigma ** 2 + 0.25)).toBeCloseTo(1, 12);
      // EDM's: skip²(σ² + σ_data²) + out² = σ_data² + skip(…): the target's effective variance is one.
      expect((0.25 - 2 * skip * 0.25 + skip ** 2 * (sigma ** 2 + 0.25)) / out ** 2).toBeCloseTo(1, 10);
    }
  });

  it('refuse levels below the lowest', () => {
    expect(() => consistencyScales(0.001)).toThrow('sigma must be at least sigmaMin (0.002), got 0.001');
  });
});
