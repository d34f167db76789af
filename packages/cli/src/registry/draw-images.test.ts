import ndarray from 'ndarray';
import { describe, expect, test } from 'vitest';
import { drawIndices, imagesAt } from './draw-images.js';

const dataset = (count: number) => ({
  shape: [count, 1, 2, 1] as const,
  // A view: image i holds 10·i and 10·i + 1.
  images: (start: number, end: number) =>
    ndarray(
      Float32Array.from({ length: 2 * count }, (_, k) => 10 * Math.floor(k / 2) + (k % 2)),
      [count, 1, 2, 1],
    )
      .lo(start, 0, 0, 0)
      .hi(end - start, 1, 2, 1),
});

describe('a draw of images', () => {
  test('where all are wanted is all of them, in their order', () => {
    for (const most of [5, 6, Infinity])
      expect([...drawIndices(dataset(5), most, 'x')]).toEqual([0, 1, 2, 3, 4]);
  });

  test('has no image twice, is the same each time, and another for another purpose', () => {
    const drawn = drawIndices(dataset(1000), 100, 'reference');
    expect(new Set(drawn).size).toBe(100);
    expect(drawIndices(dataset(1000), 100, 'reference')).toEqual(drawn);
    expect(drawIndices(dataset(1000), 100, 'shown')).not.toEqual(drawn);
  });

  test('of a set that is sorted by class has all classes, as the hypergeometric law says', () => {
    // 10 classes of 1,000, 500 drawn: 50 of each, with a standard deviation of √(500·0.1·0.9·(9500/9999)) = 6.5.
    const drawn = drawIndices(dataset(10_000), 500, 'reference');
    const counts = new Array<number>(10).fill(0);
    for (const index of drawn) counts[Math.floor(index / 1000)]!++;
    for (const count of counts) expect(Math.abs(count - 50)).toBeLessThan(5 * 6.5);
  });
});

test('images are those of the indices, in their order', () => {
  const images = imagesAt(dataset(6), Int32Array.of(4, 1, 2, 3, 0));
  expect(images.shape).toEqual([5, 1, 2, 1]);
  expect([...images.data]).toEqual([40, 41, 10, 11, 20, 21, 30, 31, 0, 1]);
});
