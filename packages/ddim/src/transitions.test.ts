import { createRng } from '@immiscible/core';
import { cosineSchedule, linearSchedule, rescaleZeroTerminalSnr } from '@immiscible/schedulers';
import { describe, expect, it } from 'vitest';
import { ancestralUpdate, ddimUpdate, type Variance } from './transitions.js';

/** Every step of some schedules, and steps between arbitrary levels. */
const levels: readonly (readonly [alphaBar: number, alphaBarNext: number])[] = [
  linearSchedule(),
  cosineSchedule(),
  rescaleZeroTerminalSnr(linearSchedule()),
]
  .flatMap(({ alphaBar }) => [...alphaBar].map((value, t) => [value, alphaBar[t - 1] ?? 1] as const))
  .concat(
    ((rng) =>
      Array.from({ length: 200 }, () => {
        const pair = [rng.uniform(), rng.uniform()].sort((a, b) => a - b) as [number, number];
        return pair;
      }))(createRng(9)),
    [[0, 1]],
  );

/** 1 − ᾱ, which is divided by, goes down to 4e-5: 1e-16 becomes some 1e-12. */
const expectClose = (actual: number, expected: number, tolerance = 1e-11) =>
  expect(Math.abs(actual - expected)).toBeLessThan(tolerance);

describe('ddimUpdate', () => {
  it('with η = 1 is the ancestral step with the small variance', () => {
    for (const [from, to] of levels) {
      const ddim = ddimUpdate(from, to, 1);
      const ancestral = ancestralUpdate(from, to, 'fixedSmall');
      expectClose(ddim.x0, ancestral.x0);
      expectClose(ddim.xt, ancestral.xt);
      expectClose(ddim.noise, ancestral.noise);
    }
  });

  it('leads from x_t = √ᾱ·x0 + √(1 − ᾱ)·ε to the same mixture at ᾱ′, whatever η', () => {
    for (const [from, to] of levels) {
      for (const eta of [0, 0.3, 1]) {
        const { x0, xt, noise } = ddimUpdate(from, to, eta);
        // What is left of x0, and the variance of what is left of ε together with the fresh noise.
        expectClose(x0 + xt * Math.sqrt(from), Math.sqrt(to));
        expectClose(xt ** 2 * (1 - from) + noise ** 2, 1 - to);
      }
    }
  });

  it('with η = 0 adds nothing, and the step to the clean image is the estimate itself', () => {
    expect(ddimUpdate(0.2, 0.7, 0).noise).toBe(0);
    for (const eta of [0, 1]) expect(ddimUpdate(0.2, 1, eta)).toEqual({ x0: 1, xt: 0, noise: 0 });
  });
});

describe('ancestralUpdate', () => {
  it('with the small variance is exact for data that is one image', () => {
    for (const [from, to] of levels) {
      const { x0, xt, noise } = ancestralUpdate(from, to, 'fixedSmall');
      // x_t ~ N(√ᾱ·x0, 1 − ᾱ) and the estimate is x0: the next is N(√ᾱ′·x0, 1 − ᾱ′). Ho et al. 2020, section 3.2
      expectClose(x0 + xt * Math.sqrt(from), Math.sqrt(to));
      expectClose(xt ** 2 * (1 - from) + noise ** 2, 1 - to);
    }
  });

  it('with the large variance is exact for standard normal data', () => {
    for (const [from, to] of levels) {
      if (to === 1) continue;
      const { x0, xt, noise } = ancestralUpdate(from, to, 'fixedLarge');
      // E[x0 | x_t] = √ᾱ·x_t, and N(0, 1) stays N(0, 1). Ho et al. 2020, section 3.2
      expectClose((x0 * Math.sqrt(from) + xt) ** 2 + noise ** 2, 1);
    }
  });

  it.each(['fixedLarge', 'fixedSmall'] as const)('ends in the estimate itself: %s', (variance) => {
    expect(ancestralUpdate(0.2, 1, variance).noise).toBe(0);
    expectClose(ancestralUpdate(0.2, 1, variance).x0, 1);
    expect(ancestralUpdate(0.2, 1, variance).xt).toBe(0);
  });
});

describe('both updates', () => {
  it.each([
    [1, 1],
    [0.5, 0.5],
    [0.5, 0.4],
    [-0.1, 0.5],
    [0.5, 1.1],
    [NaN, 1],
  ])('refuse the levels %d and %d', (from, to) => {
    expect(() => ddimUpdate(from, to, 0)).toThrow(RangeError);
    expect(() => ancestralUpdate(from, to, 'fixedSmall')).toThrow(RangeError);
  });

  it('refuse an unknown η or variance', () => {
    expect(() => ddimUpdate(0.1, 0.2, 1.5)).toThrow(/eta must be in \[0, 1\], got 1.5/);
    expect(() => ancestralUpdate(0.1, 0.2, 'large' as Variance)).toThrow(/"fixedLarge" or "fixedSmall"/);
  });
});
