import { describe, expect, it } from 'vitest';
import { toHalf } from './half.js';

describe('toHalf', () => {
  it('rounds to the values of IEEE 754 binary16', () => {
    // Value, its nearest half: https://en.wikipedia.org/wiki/Half-precision_floating-point_format lists the last ones.
    for (const [x, half] of [
      [1 / 3, 0.333251953125],
      [1 + 2 ** -11, 1],
      [1 + 3 * 2 ** -11, 1 + 2 ** -9],
      [2049, 2048],
      [2051, 2052],
      [65504, 65504],
      [65519.99, 65504],
      [65520, Infinity],
      [-1e30, -Infinity],
      [2 ** -24, 2 ** -24],
      [2 ** -25, 0],
      [1.5 * 2 ** -24, 2 ** -23],
      [0.00006103515625, 0.00006103515625],
      [0.000060975552, 0.000060975551605224609375],
    ] as const) {
      expect(toHalf(x)).toBe(half);
    }
    expect(toHalf(NaN)).toBeNaN();
  });

  it('keeps every half, and lies halfway at most from what it rounds', () => {
    for (let exponent = -24; exponent < 16; exponent++) {
      const step = 2 ** Math.max(exponent - 10, -24);
      for (let k = 0; k < 1024; k += 31) {
        const half = 2 ** exponent + k * step;
        if (half > 65504 || half >= 2 ** (exponent + 1)) continue;
        expect(toHalf(half)).toBe(half);
        expect(toHalf(-half - 0.49 * step)).toBe(-half);
      }
    }
  });
});
