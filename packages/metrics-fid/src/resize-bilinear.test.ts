import { readFileSync } from 'node:fs';
import ndarray from 'ndarray';
import { describe, expect, it } from 'vitest';
import { enlarge } from './resize-bilinear.js';

type Shape = [number, number, number, number];
const fixture = JSON.parse(
  readFileSync(new URL('../test/fixtures/resize.json', import.meta.url), 'utf8'),
) as { shape: Shape; images: number[]; size: [number, number]; enlarged: number[] }[];

describe('enlarge', () => {
  it.each(fixture)("agrees with scipy's zoom: $shape to $size (test/fixtures/make-resize.py)", (c) => {
    const found = enlarge(ndarray(Float32Array.from(c.images), c.shape), ...c.size);
    expect(found.shape).toEqual([c.shape[0], ...c.size, c.shape[3]]);
    c.enlarged.forEach((value, i) => expect(Math.abs((found.data[i] as number) - value)).toBeLessThan(1e-7));
  });

  it('puts new centers at a quarter and three quarters when it doubles', () => {
    const found = enlarge(ndarray(Float32Array.of(0, 8, 16), [1, 1, 3, 1]), 1, 6);
    expect([...found.data]).toEqual([0, 2, 6, 10, 14, 16]);
  });

  it('starts where the array starts', () => {
    const two = ndarray(Float32Array.of(1, 2, 3, 4), [2, 1, 2, 1]);
    expect([...enlarge(two.lo(1), 1, 2).data]).toEqual([3, 4]);
  });
});
