// The distributions of the draws. Seeds are fixed, so a test passes always or never; bounds are about 4 standard
// deviations of the statistic (5e-5), or the Kolmogorov–Smirnov distance exceeded with probability 1e-4.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createRng, type Rng } from './rng.js';

/** Draws of one sample. */
const n = 100_000;

/** √n·D beyond this has probability 1e-4 (Kolmogorov's distribution, 2·exp(−2x²)). */
const KOLMOGOROV = Math.sqrt(Math.log(2 / 1e-4) / 2);

const { normalQuantile: quantiles } = JSON.parse(
  readFileSync(new URL('../test/fixtures/functions.json', import.meta.url), 'utf8'),
) as { normalQuantile: [p: number, z: number, low: number][] };

/** Pearson's statistic of counts that are expected to be equal, in standard deviations from its mean. */
function chiSquared(counts: ArrayLike<number>): number {
  const observed = Array.from(counts);
  const expected = observed.reduce((sum, count) => sum + count, 0) / observed.length;
  const statistic = observed.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  const freedom = observed.length - 1;
  return (statistic - freedom) / Math.sqrt(2 * freedom);
}

/** Mean of `f` over the values. */
function meanOf(values: Iterable<number>, f: (x: number) => number): number {
  let sum = 0;
  for (const x of values) sum += f(x);
  return sum / n;
}

const streams: [string, () => Rng][] = [
  ['a root', () => createRng(1)],
  ['a child', () => createRng(1).split('noise').split(1000)],
];

describe.each(streams)('uniform draws of %s', (_, stream) => {
  const rng = stream();
  const doubles = Float64Array.from({ length: n }, () => rng.uniform());
  const floats = stream().fillUniform(new Float32Array(n));

  it.each([
    ['float64', doubles],
    ['float32', floats],
  ])('%s lie in [0, 1) with the moments of the uniform distribution', (_, values) => {
    expect(values.every((x) => x >= 0 && x < 1)).toBe(true);
    // Variances of x, x² and x³: 1/12, 4/45, 9/112.
    expect(Math.abs(meanOf(values, (x) => x) - 1 / 2)).toBeLessThan(4 * Math.sqrt(1 / 12 / n));
    expect(Math.abs(meanOf(values, (x) => x ** 2) - 1 / 3)).toBeLessThan(4 * Math.sqrt(4 / 45 / n));
    expect(Math.abs(meanOf(values, (x) => x ** 3) - 1 / 4)).toBeLessThan(4 * Math.sqrt(9 / 112 / n));
  });

  it.each([
    ['float64', doubles],
    ['float32', floats],
  ])('%s are within the Kolmogorov–Smirnov bound', (_, values) => {
    let distance = 0;
    values
      .slice()
      .sort()
      .forEach((x, i) => (distance = Math.max(distance, (i + 1) / n - x, x - i / n)));
    expect(distance * Math.sqrt(n)).toBeLessThan(KOLMOGOROV);
  });

  it('have every bit set half the time', () => {
    const bits = new Float64Array(53);
    for (const x of doubles) {
      let rest = x;
      for (let bit = 0; bit < 53; bit++) {
        rest *= 2;
        if (rest >= 1) {
          rest -= 1;
          bits[bit] = (bits[bit] as number) + 1;
        }
      }
    }
    for (const count of bits) expect(Math.abs(count - n / 2)).toBeLessThan(4.5 * Math.sqrt(n / 4));
  });
});

describe.each(streams)('normal draws of %s', (_, stream) => {
  const values = stream().fillNormal(new Float32Array(n));

  it('have the moments of the standard normal distribution', () => {
    // E x^k = 0, 1, 0, 3; Var x^k = E x^2k − (E x^k)² = 1, 2, 15, 96.
    const moments = [
      [1, 0, 1],
      [2, 1, 2],
      [3, 0, 15],
      [4, 3, 96],
    ] as const;
    for (const [k, moment, variance] of moments) {
      expect(Math.abs(meanOf(values, (x) => x ** k) - moment)).toBeLessThan(4 * Math.sqrt(variance / n));
    }
  });

  it('are within the Kolmogorov–Smirnov bound at each quantile', () => {
    const sorted = values.slice().sort();
    for (const [p, z] of quantiles) {
      let low = 0;
      for (let high = n; low < high;) {
        const middle = (low + high) >>> 1;
        if ((sorted[middle] as number) <= z) low = middle + 1;
        else high = middle;
      }
      expect(Math.abs(low / n - p) * Math.sqrt(n)).toBeLessThan(KOLMOGOROV);
    }
  });

  it.each([1, 2, 3, 4, 28])('are uncorrelated at lag %d, and so are their squares', (lag) => {
    let products = 0;
    let squares = 0;
    for (let i = lag; i < n; i++) {
      const [a, b] = [values[i - lag] as number, values[i] as number];
      products += a * b;
      squares += (a * a - 1) * (b * b - 1);
    }
    expect(Math.abs(products / n)).toBeLessThan(4 / Math.sqrt(n));
    expect(Math.abs(squares / n)).toBeLessThan(4 * Math.sqrt(4 / n));
  });
});

describe('integers', () => {
  it.each([2, 6, 10, 1000])('below %d are equally frequent', (range) => {
    const rng = createRng(2);
    const counts = new Int32Array(range);
    for (let i = 0; i < n; i++) {
      const value = rng.integer(0, range);
      counts[value] = (counts[value] as number) + 1;
    }
    expect(Math.abs(chiSquared(counts))).toBeLessThan(4);
  });

  // Without drawing some words again, a remainder makes the first third come twice as often as the others, and a
  // product makes the multiples of 3 do so.
  it.each([3 * 2 ** 30, 2 ** 31 + 1, 2 ** 32 - 1, 2 ** 32])(
    'below %d fall equally often in each third and each class modulo 2 and 3',
    (range) => {
      const rng = createRng(3);
      const counts = { thirds: [0, 0, 0], modulo3: [0, 0, 0], modulo2: [0, 0] };
      const increment = (array: number[], i: number) => (array[i] = (array[i] as number) + 1);
      for (let i = 0; i < n; i++) {
        const value = rng.integer(0, range);
        increment(counts.thirds, Math.floor((3 * value) / range));
        increment(counts.modulo3, value % 3);
        increment(counts.modulo2, value % 2);
      }
      for (const array of Object.values(counts)) expect(Math.abs(chiSquared(array))).toBeLessThan(4);
    },
  );

  it('lie in [low, high), also below 0 and of one value', () => {
    const rng = createRng(4);
    const seen = new Set(Array.from({ length: 200 }, () => rng.integer(-2, 3)));
    expect([...seen].sort((a, b) => a - b)).toEqual([-2, -1, 0, 1, 2]);
    expect(rng.integer(5, 6)).toBe(5);
    const far = Number.MAX_SAFE_INTEGER;
    expect(far - rng.integer(far - 3, far)).toBeLessThanOrEqual(3);
  });

  it.each([
    [0, 0],
    [3, 2],
    [0, 2 ** 32 + 1],
    [0.5, 2],
    [0, Number.NaN],
    [2 ** 53, 2 ** 53 + 2],
  ])('of [%d, %d) are refused', (low, high) => {
    expect(() => createRng(0).integer(low, high)).toThrow(
      `Rng.integer: [low, high) must hold 1 to 2^32 integers, got [${low}, ${high})`,
    );
  });
});

describe('permutations', () => {
  it.each([0, 1, 2, 1000])('of %d hold each number once', (size) => {
    expect([...createRng(5).permutation(size)].sort((a, b) => a - b)).toEqual([...Array(size).keys()]);
  });

  it('of 4 are equally frequent in all 24 orders', () => {
    const rng = createRng(6);
    const counts = new Map<string, number>();
    for (let i = 0; i < 24_000; i++) {
      const order = rng.permutation(4).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    expect(Math.abs(chiSquared([...counts.values()]))).toBeLessThan(4);
  });

  it('of -1 or 2.5 are refused', () => {
    expect(() => createRng(0).permutation(-1)).toThrow('n must be an integer of at least 0, got -1');
    expect(() => createRng(0).permutation(2.5)).toThrow('n must be an integer of at least 0, got 2.5');
  });
});
