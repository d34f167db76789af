import { describe, expect, it } from 'vitest';
import { fixtureArrays } from '../test/fixture.js';
import { bfloat16ToNumber, halfToNumber, numberToBfloat16, numberToHalf } from './half.js';

describe('halves and bfloat16s', () => {
  it("rounds to the bits of NumPy's float16 and PyTorch's bfloat16 (test/fixtures/make.py)", async () => {
    const { values = [], half = [], bfloat16 = [] } = await fixtureArrays('halves.npz');
    expect(values.length).toBeGreaterThan(200);
    expect(Array.from(values, numberToHalf)).toEqual(Array.from(half));
    expect(Array.from(values, numberToBfloat16)).toEqual(Array.from(bfloat16));
  });

  it('gives back all 65,536 patterns, NaN as NaN', () => {
    for (const [decode, encode] of [
      [halfToNumber, numberToHalf],
      [bfloat16ToNumber, numberToBfloat16],
    ] as const) {
      const wrong: number[] = [];
      for (let bits = 0; bits < 65536; bits++) {
        const value = decode(bits);
        if (Number.isNaN(value) ? !Number.isNaN(decode(encode(value))) : encode(value) !== bits)
          wrong.push(bits);
      }
      expect(wrong).toEqual([]);
    }
  });

  it('reads halves by their definition', () => {
    expect([0x3c00, 0xc000, 0x3555, 0x7bff, 1, 0x8000].map(halfToNumber)).toEqual([
      1,
      -2,
      1365 / 4096,
      65504,
      2 ** -24,
      -0,
    ]);
    expect([0x7c00, 0xfc00, 0x7e00].map(halfToNumber)).toEqual([Infinity, -Infinity, NaN]);
  });
});
