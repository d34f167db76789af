import { expect, test } from 'vitest';
import { tInterval } from './t-interval.js';

test('the interval of five values is that of the textbook', () => {
  // mean 10, s = √2.5, t(0.975, 4) = 2.776: ± 2.776·√(2.5/5)
  const { mean, halfWidth } = tInterval([8, 9, 10, 11, 12]);
  expect(mean).toBe(10);
  expect(halfWidth).toBeCloseTo(2.776 * Math.sqrt(0.5), 12);
});

test('one value has no interval', () => {
  expect(tInterval([3])).toEqual({ mean: 3, halfWidth: null, values: [3] });
});

test('with more values than the table has, the normal quantile serves', () => {
  const values = Array.from({ length: 100 }, (_, i) => (i % 2 === 0 ? -1 : 1));
  expect(tInterval(values).halfWidth).toBeCloseTo((1.96 * Math.sqrt(100 / 99)) / 10, 12);
});
