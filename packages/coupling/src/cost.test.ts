import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import ndarray, { type NdArray } from 'ndarray';
import { pairCost, quantizedL2 } from './cost.js';

const matrix = (rows: number[][]): NdArray<Float32Array> =>
  ndarray(Float32Array.from(rows.flat()), [rows.length, rows[0]?.length ?? 0]);

/** By numpy's float16: test/fixtures/make.py. */
const fixture = JSON.parse(
  readFileSync(new URL('../test/fixtures/quantized.json', import.meta.url), 'utf8'),
) as { images: number[][]; noise: number[][]; costs: { scale: number; cost: number[][] }[] };

describe('quantizedL2', () => {
  test.each(fixture.costs)(
    'gives the half-precision distances of numpy at scale $scale',
    ({ scale, cost }) => {
      const found = quantizedL2({ scale })(matrix(fixture.images), matrix(fixture.noise));
      expect(found.shape).toEqual([6, 6]);
      expect(Array.from(found.data)).toEqual(cost.flat());
    },
  );

  test('scales by 0.1 unless told otherwise', () => {
    const [images, noise] = [matrix(fixture.images), matrix(fixture.noise)];
    expect(Array.from(quantizedL2()(images, noise).data)).toEqual(fixture.costs[0]?.cost.flat());
    expect(Array.from(pairCost('test', 'quantized')(images, noise).data)).toEqual(
      fixture.costs[0]?.cost.flat(),
    );
  });

  test('leaves its arguments as they are', () => {
    const images = matrix(fixture.images);
    quantizedL2()(images, matrix(fixture.noise));
    expect(images).toEqual(matrix(fixture.images));
  });

  test('says that the scale is too large where halves overflow, instead of forbidding pairs', () => {
    const far = matrix([[50000, 50000]]);
    expect(() => quantizedL2({ scale: 1 })(far, matrix([[0, 0]]))).toThrow(
      'quantizedL2: scale must keep distances within 65504, got 1, at which they overflow; choose a smaller one',
    );
    expect(() => quantizedL2({ scale: 0.1 })(far, matrix([[0, 0]]))).not.toThrow();
    expect(() => quantizedL2({ scale: 2 })(far, far)).toThrow(RangeError); // ∞ − ∞
  });

  test.each([0, -1, NaN, Infinity])('refuses the scale %d', (scale) => {
    expect(() => quantizedL2({ scale })).toThrow('quantizedL2: scale must be a positive number');
  });
});

describe('pairCost', () => {
  const images = matrix([
    [0, 0],
    [3, 0],
  ]);
  const noise = matrix([
    [0, 4],
    [3, 1],
  ]);

  test('l2 is the distance, squaredL2 its square; images are rows, noises columns', () => {
    expect(Array.from(pairCost('f', 'squaredL2')(images, noise).data)).toEqual([16, 10, 25, 1]);
    expect(Array.from(pairCost('f', 'l2')(images, noise).data)).toEqual([4, Math.sqrt(10), 5, 1]);
  });

  test('a function is taken as it is', () => {
    const cost = quantizedL2();
    expect(pairCost('f', cost)).toBe(cost);
  });

  test('refuses other names', () => {
    // @ts-expect-error a caller without types
    expect(() => pairCost('linearAssignment', 'l1')).toThrow(
      'linearAssignment: cost must be "l2", "squaredL2", "quantized" or a function, got l1',
    );
  });
});
