import { createRng } from '@immiscible/core';
import { Matrix, SingularValueDecomposition } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { singularValues } from './singular-values.js';

const values = (matrix: number[], m: number, n: number) =>
  singularValues(Float64Array.from(matrix), m, n).sort().reverse();

function random(m: number, n: number): Float64Array {
  const rng = createRng(m).split(n);
  return Float64Array.from({ length: m * n }, () => rng.normal());
}

/** `(I − 2uuᵀ/uᵀu)` applied to the columns, then `(I − 2vvᵀ/vᵀv)` to the rows: the singular values stay. */
function reflected(matrix: Float64Array, n: number): Float64Array {
  const one = (a: Float64Array, u: Float64Array) => {
    const square = u.reduce((sum, value) => sum + value * value, 0);
    const out = a.slice();
    for (let j = 0; j < n; j++) {
      let dot = 0;
      for (let i = 0; i < n; i++) dot += (u[i] as number) * (a[i * n + j] as number);
      for (let i = 0; i < n; i++)
        out[i * n + j] = (a[i * n + j] as number) - (2 * dot * (u[i] as number)) / square;
    }
    return out;
  };
  const transposed = (a: Float64Array) => a.map((_, i) => a[(i % n) * n + Math.floor(i / n)] as number);
  return one(transposed(one(matrix, random(n, 1))), random(1, n));
}

describe('singularValues', () => {
  it('gives the golden ratio and its inverse for [1 1; 0 1]', () => {
    const [large, small] = values([1, 1, 0, 1], 2, 2);
    expect(large).toBeCloseTo((1 + Math.sqrt(5)) / 2, 14);
    expect(small).toBeCloseTo((Math.sqrt(5) - 1) / 2, 14);
  });

  it('gives |u|·|v| and zeros for a matrix of rank 1', () => {
    const found = values([1, 2, 2, 1, 2, 2, 1, 2, 2, 1, 2, 2], 4, 3);
    expect(found[0]).toBeCloseTo(6, 14);
    expect(found[1]).toBeLessThan(1e-15);
    expect(found[2]).toBeLessThan(1e-15);
  });

  it.each([
    [1, 1],
    [1, 6],
    [6, 1],
    [9, 9],
    [30, 12],
    [12, 30],
  ])('agrees with ml-matrix on a random %i×%i matrix', (m, n) => {
    const matrix = random(m, n);
    const expected = new SingularValueDecomposition(Matrix.from1DArray(m, n, matrix), {
      autoTranspose: true,
    }).diagonal;
    const found = singularValues(matrix, m, n).sort().reverse();
    expect(found.length).toBe(Math.min(m, n));
    found.forEach((value, i) => expect(Math.abs(value - (expected[i] as number))).toBeLessThan(1e-13));
  });

  it('keeps small singular values to 2⁻⁵² of the largest, where squares would lose them at 2⁻²⁶', () => {
    const known = [1, 1e-3, 1e-6, 1e-9, 1e-12];
    const diagonal = Float64Array.from({ length: 25 }, (_, i) =>
      i % 6 === 0 ? (known[i / 6] as number) : 0,
    );
    const found = singularValues(reflected(diagonal, 5), 5, 5).sort().reverse();
    found.forEach((value, i) => expect(Math.abs(value - (known[i] as number))).toBeLessThan(1e-15));
  });

  it.each([1e-200, 1e200])('does not depend on the scale %d', (scale) => {
    const [large, small] = values([scale, scale, 0, scale], 2, 2);
    expect((large as number) / scale).toBeCloseTo((1 + Math.sqrt(5)) / 2, 14);
    expect((small as number) / scale).toBeCloseTo((Math.sqrt(5) - 1) / 2, 14);
  });

  it('takes zeros and empty matrices', () => {
    expect(values([0, 0, 0, 0], 2, 2)).toEqual(Float64Array.of(0, 0));
    expect(values([], 0, 3)).toEqual(new Float64Array(0));
    // A zero column, a zero row.
    const [large, small] = values([0, 3, 0, 0], 2, 2);
    expect(large).toBeCloseTo(3, 14);
    expect(small).toBe(0);
  });
});
