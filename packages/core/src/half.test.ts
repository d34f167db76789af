import { describe, expect, test } from 'vitest';
import { roundToHalf } from './half.js';

/** All finite halves from 0 up, by the definition of binary16: fraction f of 10 bits, exponent e of 5. */
const halves = Array.from({ length: 31 * 1024 }, (_, bits) => {
  const e = bits >> 10;
  const f = bits & 1023;
  return e === 0 ? 2 ** -14 * (f / 1024) : 2 ** (e - 15) * (1 + f / 1024);
});

describe('roundToHalf', () => {
  test('rounds to the values of IEEE 754 binary16', () => {
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
      expect(roundToHalf(x)).toBe(half);
    }
    expect(roundToHalf(NaN)).toBeNaN();
  });

  test('leaves all 63,488 halves as they are', () => {
    expect(halves.at(-1)).toBe(65504);
    const changed = halves.filter(
      (half) => !Object.is(roundToHalf(half), half) || !Object.is(roundToHalf(-half), -half),
    );
    expect(changed).toEqual([]);
  });

  test('goes to the nearest one, and from the middle to the one with an even fraction', () => {
    const wrong: number[] = [];
    for (let bits = 0; bits + 1 < halves.length; bits++) {
      const low = halves[bits] as number;
      const above = halves[bits + 1] as number;
      const middle = (low + above) / 2; // exact
      const even = bits % 2 === 0 ? low : above;
      const near = 2 ** -40 * middle;
      if (roundToHalf(middle) !== even || roundToHalf(-middle) !== -even) wrong.push(middle);
      if (roundToHalf(middle - near) !== low || roundToHalf(middle + near) !== above) wrong.push(middle);
    }
    expect(wrong).toEqual([]);
  });

  test('is infinite from 65520 on, as halfway to the next power of two', () => {
    expect(roundToHalf(65519.999)).toBe(65504);
    expect(roundToHalf(65520)).toBe(Infinity);
    expect(roundToHalf(-65520)).toBe(-Infinity);
    expect(roundToHalf(65536)).toBe(Infinity);
    expect(roundToHalf(1e300)).toBe(Infinity);
    expect(roundToHalf(-Infinity)).toBe(-Infinity);
    expect(roundToHalf(NaN)).toBeNaN();
  });

  test('keeps the sign of zero and takes what is too small to it', () => {
    expect(roundToHalf(-0)).toBe(-0);
    expect(roundToHalf(2 ** -26)).toBe(0);
    expect(roundToHalf(5e-324)).toBe(0);
  });
});
