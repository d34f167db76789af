import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import ndarray from 'ndarray';
import { createDataset, type Dataset } from './dataset.js';
import { resize } from './resize.js';

const gray = (height: number, width: number, bytes: number[], channels = 1): Dataset =>
  createDataset({
    name: 'test',
    images: ndarray(Uint8Array.from(bytes), [
      bytes.length / (height * width * channels),
      height,
      width,
      channels,
    ]),
    allowsFlip: true,
  });
const sizes = fc.integer({ min: 1, max: 9 });

describe('resize', () => {
  test('halves by the mean of 2×2 pixels, halves of a byte rounded up', () => {
    const small = resize(gray(2, 4, [0, 1, 10, 20, 1, 0, 30, 41]), [1, 2]);
    expect(small.images.shape).toEqual([1, 1, 2, 1]);
    expect([...small.images.data]).toEqual([1, 25]); // 0.5 and 25.25
  });

  test('counts parts of pixels in proportion: 3 → 2 takes two thirds and one third', () => {
    // (2·30 + 60)/3 = 40, (60 + 2·120)/3 = 100
    expect([...resize(gray(1, 3, [30, 60, 120]), [1, 2]).images.data]).toEqual([40, 100]);
  });

  test('keeps channels and images apart', () => {
    const small = resize(gray(2, 2, [...[1, 2, 1, 2, 1, 2, 1, 2], ...[3, 4, 3, 4, 3, 4, 3, 4]], 2), 1);
    expect([...small.images.data]).toEqual([1, 2, 3, 4]);
  });

  test('leaves a constant image constant, at any sizes', () => {
    fc.assert(
      fc.property(sizes, sizes, sizes, sizes, fc.nat(255), (h, w, h2, w2, value) => {
        const small = resize(gray(h, w, new Array(h * w).fill(value)), [Math.min(h, h2), Math.min(w, w2)]);
        expect(small.images.data.every((v) => v === value)).toBe(true);
      }),
    );
  });

  test('keeps the mean, up to the rounding of each pixel, at any sizes', () => {
    const mean = (bytes: Uint8Array): number => bytes.reduce((sum, v) => sum + v, 0) / bytes.length;
    fc.assert(
      fc.property(sizes, sizes, sizes, sizes, fc.infiniteStream(fc.nat(255)), (h, w, h2, w2, stream) => {
        const bytes = Uint8Array.from({ length: h * w }, () => stream.next().value as number);
        const small = resize(gray(h, w, [...bytes]), [Math.min(h, h2), Math.min(w, w2)]);
        expect(Math.abs(mean(small.images.data) - mean(bytes))).toBeLessThanOrEqual(0.5);
      }),
    );
  });

  test('at the same size returns the same bytes', () => {
    expect([...resize(gray(2, 2, [1, 2, 3, 4]), 2).images.data]).toEqual([1, 2, 3, 4]);
  });

  test('names the size in the result', () => {
    expect(resize(gray(4, 4, new Array(16).fill(0)), 2).name).toBe('test@2');
    expect(resize(gray(4, 4, new Array(16).fill(0)), [2, 3]).name).toBe('test@2x3');
  });

  test('refuses sizes that are not integers from 1 to the present size', () => {
    const images = gray(2, 2, [1, 2, 3, 4]);
    expect(() => resize(images, 3)).toThrow("resize: height must be at most the images' 2, got 3");
    expect(() => resize(images, 0)).toThrow(RangeError);
    expect(() => resize(images, [2, 1.5])).toThrow('width');
  });
});
