import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { log } from './log.js';
import { normalQuantile } from './normal-quantile.js';

/** `[x, high, low]`: the exact value at x is high + low. */
type Row = [x: number, high: number, low: number];
const exact = JSON.parse(
  readFileSync(new URL('../test/fixtures/functions.json', import.meta.url), 'utf8'),
) as Record<'log' | 'normalQuantile', Row[]>;

/** Distance between neighboring float64 at `x`. */
const ulp = (x: number) => 2 ** (Math.floor(Math.log2(Math.abs(x))) - 52);

describe('log', () => {
  it('is within 1 unit in the last place of the exact value', () => {
    for (const [x, high, low] of exact.log) {
      // `log(x) − high` is exact, so the error isn't blurred by its own rounding.
      expect.soft(Math.abs(log(x) - high - low) / ulp(high), `log(${x})`).toBeLessThan(1);
    }
  });

  it('of 1 is 0', () => {
    expect(log(1)).toBe(0);
  });
});

describe('normalQuantile', () => {
  it('is within 1e-15 of the exact value, relatively', () => {
    for (const [p, high, low] of exact.normalQuantile) {
      expect
        .soft(Math.abs((normalQuantile(p) - high - low) / high), `normalQuantile(${p})`)
        .toBeLessThan(1e-15);
    }
  });

  // Wichura 1988, the test values given with PPND16.
  it.each([
    [0.25, -0.6744897501960817],
    [0.001, -3.090232306167814],
    [1e-20, -9.262340089798408],
  ])('at %f is the published value', (p, value) => {
    expect(Math.abs(normalQuantile(p) / value - 1)).toBeLessThan(1e-15);
  });

  it('is 0 at 1/2 and odd about it', () => {
    expect(normalQuantile(0.5)).toBe(0);
    for (const [p] of exact.normalQuantile) {
      const q = 1 - p;
      // Where 1 − p is exact.
      if (1 - q === p) expect(normalQuantile(q)).toBe(-normalQuantile(p));
    }
  });
});
