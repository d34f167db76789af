import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  cosineSchedule,
  linearSchedule,
  logSigmas,
  noiseSchedule,
  rescaleZeroTerminalSnr,
  snr,
  timestepOfSigma,
} from './index.js';

interface Table {
  readonly at: readonly number[];
  readonly beta: readonly number[];
  readonly alphaBar: readonly number[];
  readonly zeroTerminalAlphaBar: readonly number[];
}
const fixture: Readonly<Record<'linear' | 'cosine', Table>> = JSON.parse(
  readFileSync(new URL('../test/fixtures/schedules.json', import.meta.url), 'utf8'),
);
const published = [
  { name: 'linear' as const, schedule: linearSchedule() },
  { name: 'cosine' as const, schedule: cosineSchedule() },
];

function expectRelative(actual: number, expected: number, tolerance: number): void {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(tolerance * Math.abs(expected));
}

describe.each(published)('the $name schedule', ({ name, schedule }) => {
  const table = fixture[name];

  it('agrees with improved-diffusion in float64', () => {
    table.at.forEach((t, i) => {
      // 1 − f(t + 1)/f(t) and a product of a thousand factors: the last bits depend on the order of operations.
      expectRelative(schedule.beta[t]!, table.beta[i]!, 1e-11);
      expectRelative(schedule.alphaBar[t]!, table.alphaBar[i]!, 1e-11);
    });
  });

  it("rescaled to zero terminal SNR agrees with diffusers'", () => {
    const rescaled = rescaleZeroTerminalSnr(schedule);
    table.at.forEach((t, i) => {
      expect(Math.abs(rescaled.alphaBar[t]! - table.zeroTerminalAlphaBar[i]!)).toBeLessThan(1e-14);
    });
    expect(rescaled.alphaBar[999]).toBe(0);
    expect(snr(rescaled)[999]).toBe(0);
  });
});

describe.each([
  ...published,
  { name: 'rescaled linear', schedule: rescaleZeroTerminalSnr(linearSchedule()) },
  { name: 'rescaled cosine', schedule: rescaleZeroTerminalSnr(cosineSchedule({ timesteps: 37 })) },
  { name: 'linear, T = 1', schedule: linearSchedule({ timesteps: 1 }) },
  { name: 'cosine, T = 1', schedule: cosineSchedule({ timesteps: 1 }) },
])('a noise schedule: $name', ({ schedule }) => {
  it('has tables of T entries that belong together', () => {
    const { timesteps, beta, alpha, alphaBar } = schedule;
    expect([beta.length, alpha.length, alphaBar.length]).toEqual([timesteps, timesteps, timesteps]);
    for (let t = 0; t < timesteps; t++) {
      expect(alpha[t]).toBe(1 - beta[t]!);
      expect(alphaBar[t]).toBe((alphaBar[t - 1] ?? 1) * alpha[t]!);
    }
  });

  it('loses signal at every step, within (0, 1) but for the end', () => {
    schedule.alphaBar.forEach((value, t) => {
      expect(value).toBeLessThan(schedule.alphaBar[t - 1] ?? 1);
      if (t < schedule.timesteps - 1) expect(value).toBeGreaterThan(0);
    });
    expect(schedule.alphaBar.at(-1)).toBeGreaterThanOrEqual(0);
  });

  it('has a signal-to-noise ratio of ᾱ to 1 − ᾱ', () => {
    snr(schedule).forEach((value, t) => {
      expect(value * (1 - schedule.alphaBar[t]!)).toBeCloseTo(schedule.alphaBar[t]!, 12);
    });
  });
});

describe('noiseSchedule', () => {
  it('takes any list of variances, and pure noise at the last step only', () => {
    expect([...noiseSchedule([0.5, 0.5, 1]).alphaBar]).toEqual([0.5, 0.25, 0]);
    expect(() => noiseSchedule([0.5, 1, 0.5])).toThrow(/beta\[1\] must be in \(0, 1\), got 1/);
  });

  it.each([[[]], [[0]], [[0.1, -0.1]], [[NaN]], [[1.1]]])('refuses %j', (beta) => {
    expect(() => noiseSchedule(beta)).toThrow(RangeError);
  });

  it('refuses options out of range, naming them', () => {
    expect(() => linearSchedule({ timesteps: 0 })).toThrow(/linearSchedule: timesteps/);
    expect(() => linearSchedule({ betaStart: 0 })).toThrow(/betaStart/);
    expect(() => linearSchedule({ betaEnd: 1 })).toThrow(/betaEnd/);
    expect(() => cosineSchedule({ timesteps: 2.5 })).toThrow(/cosineSchedule: timesteps/);
    expect(() => cosineSchedule({ offset: -1 })).toThrow(/offset/);
    expect(() => cosineSchedule({ maxBeta: 1 })).toThrow(/maxBeta/);
    expect(() => rescaleZeroTerminalSnr(linearSchedule({ timesteps: 1 }))).toThrow(/at least 2/);
  });
});

describe('timestepOfSigma', () => {
  it('is the way back from logSigmas, linear between two timesteps, and keeps to the ends', () => {
    for (const schedule of [linearSchedule(), rescaleZeroTerminalSnr(linearSchedule())]) {
      const levels = logSigmas(schedule);
      for (const t of [0, 1, 499, 998, 999]) expect(timestepOfSigma(schedule, Math.exp(levels[t]!))).toBe(t);
      const between = Math.exp(0.75 * levels[400]! + 0.25 * levels[401]!);
      expect(timestepOfSigma(schedule, between)).toBeCloseTo(400.25, 9);
      expect(timestepOfSigma(schedule, Infinity)).toBe(999);
      expect(timestepOfSigma(schedule, 0)).toBe(0);
    }
  });
});
