import { describe, expect, it } from 'vitest';
import { tridiagonalEigenvalues } from './tridiagonal.js';

const sorted = (diagonal: number[], off: number[]) =>
  tridiagonalEigenvalues(Float64Array.from(diagonal), Float64Array.from(off)).sort();

function expectClose(found: Float64Array, expected: number[], tolerance: number): void {
  expect(found.length).toBe(expected.length);
  expected.forEach((value, i) => expect(Math.abs((found[i] as number) - value)).toBeLessThan(tolerance));
}

describe('tridiagonalEigenvalues', () => {
  it.each([1, 2, 3, 10, 101])('gives 2 − 2cos(kπ/(n + 1)) for the second difference of order %i', (n) => {
    const expected = Array.from({ length: n }, (_, k) => 2 - 2 * Math.cos(((k + 1) * Math.PI) / (n + 1)));
    expectClose(sorted(Array(n).fill(2), Array(n - 1).fill(-1)), expected, 100 * Number.EPSILON);
  });

  it('gives 2cos(kπ/(n + 1)) for a zero diagonal, in pairs ±', () => {
    const n = 100;
    const expected = Array.from({ length: n }, (_, k) => -2 * Math.cos(((k + 1) * Math.PI) / (n + 1)));
    const found = sorted(Array(n).fill(0), Array(n - 1).fill(1));
    expectClose(found, expected, 100 * Number.EPSILON);
  });

  it("gives the largest eigenvalues of Wilkinson's W21+, which agree in 14 digits", () => {
    // Wilkinson 1965, "The Algebraic Eigenvalue Problem", p. 309: 10.746194182903322, 10.746194182903393
    const found = sorted(
      Array.from({ length: 21 }, (_, i) => Math.abs(i - 10)),
      Array(20).fill(1),
    );
    expect(Math.abs((found[20] as number) - 10.746194182903393)).toBeLessThan(2e-14);
    expect(Math.abs((found[19] as number) - 10.746194182903322)).toBeLessThan(2e-14);
  });

  it('takes zeros beside the diagonal, and matrices of zeros', () => {
    expect(sorted([3, 1, 2], [0, 0])).toEqual(Float64Array.of(1, 2, 3));
    expect(sorted([0, 0], [0])).toEqual(Float64Array.of(0, 0));
    expect(sorted([], [])).toEqual(new Float64Array(0));
    expectClose(sorted([0, 0, 5], [2, 0]), [-2, 2, 5], 4 * Number.EPSILON);
  });

  it('leaves its arguments alone', () => {
    const diagonal = Float64Array.of(1, 2);
    const off = Float64Array.of(3);
    tridiagonalEigenvalues(diagonal, off);
    expect([diagonal, off]).toEqual([Float64Array.of(1, 2), Float64Array.of(3)]);
  });
});
