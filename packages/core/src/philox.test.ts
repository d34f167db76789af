import { describe, expect, it } from 'vitest';
import { mulHigh, philox4x32 } from './philox.js';
import { createRng } from './rng.js';

const words = (text: string) => text.split(' ').map((word) => parseInt(word, 16));

// Known answers of Random123, tests/kat_vectors, the three lines "philox4x32 10": counter, key, block.
// https://github.com/DEShawResearch/random123
const KNOWN_ANSWERS = [
  ['00000000 00000000 00000000 00000000', '00000000 00000000', '6627e8d5 e169c58d bc57ac4c 9b00dbd8'],
  ['ffffffff ffffffff ffffffff ffffffff', 'ffffffff ffffffff', '408f276d 41c83b0e a20bc7c6 6d5451fd'],
  ['243f6a88 85a308d3 13198a2e 03707344', 'a4093822 299f31d0', 'd16cfe09 94fdcceb 5001e420 24126ea1'],
] as const;

describe('philox4x32', () => {
  it.each(KNOWN_ANSWERS)('of counter %s and key %s is the published block', (counter, key, block) => {
    const [c0, c1, c2, c3] = words(counter) as [number, number, number, number];
    const [k0, k1] = words(key) as [number, number];
    const out = new Uint32Array(6);
    philox4x32(c0, c1, c2, c3, k0, k1, out, 1);
    expect([...out]).toEqual([0, ...words(block), 0]);
  });
});

describe('mulHigh', () => {
  it('is the upper half of the exact product', () => {
    const edges = [0, 1, 2, 0xffff, 0x10000, 0x10001, 0x7fffffff, 0x80000000, 0xfffeffff, 0xffffffff];
    const rng = createRng(0);
    const operands = [...edges, ...Array.from({ length: 100 }, () => rng.uint32())];
    for (const a of operands) {
      for (const b of operands) {
        expect(mulHigh(a, b) >>> 0).toBe(Number((BigInt(a) * BigInt(b)) >> 32n));
      }
    }
  });
});
