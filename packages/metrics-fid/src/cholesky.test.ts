import { createRng } from '@immiscible/core';
import { describe, expect, it } from 'vitest';
import { pivotedCholesky } from './cholesky.js';

/** `RᵀR` */
function product(rows: Float64Array, d: number): Float64Array {
  const out = new Float64Array(d * d);
  for (let k = 0; k < rows.length; k += d) {
    for (let i = 0; i < d; i++) {
      for (let j = 0; j < d; j++) {
        out[i * d + j] = (out[i * d + j] as number) + (rows[k + i] as number) * (rows[k + j] as number);
      }
    }
  }
  return out;
}

function random(rows: number, d: number): Float64Array {
  const rng = createRng(rows).split(d);
  return Float64Array.from({ length: rows * d }, () => rng.normal());
}

const factor = (matrix: readonly number[] | Float64Array) =>
  pivotedCholesky('f', 'c', Float64Array.from(matrix), Math.sqrt(matrix.length));

function largestDifference(a: Float64Array, b: Float64Array): number {
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - (b[i] as number))), 0);
}

describe('pivotedCholesky', () => {
  it.each([
    ['more vectors than dimensions', 20, 9, 9],
    ['as many as', 9, 9, 9],
    ['fewer than', 4, 9, 4],
    ['one vector', 1, 5, 1],
  ])('gives factors whose product is the matrix, of its rank: %s', (_, n, d, rank) => {
    const matrix = product(random(n, d), d);
    const result = factor(matrix);
    expect(result.rank).toBe(rank);
    expect(result.rows.length).toBe(rank * d);
    const scale = Math.max(...matrix);
    expect(largestDifference(product(result.rows, d), matrix)).toBeLessThan(4 * d * Number.EPSILON * scale);
  });

  it('factors the Hilbert matrix of order 12, singular to working precision', () => {
    const matrix = Float64Array.from({ length: 144 }, (_, i) => 1 / (Math.floor(i / 12) + (i % 12) + 1));
    expect(largestDifference(product(factor(matrix).rows, 12), matrix)).toBeLessThan(12 * Number.EPSILON);
  });

  it('finds rank 0 of the zero matrix', () => {
    expect(factor([0, 0, 0, 0]).rank).toBe(0);
  });

  it.each([
    ['a NaN', [1, 0, NaN, 1], 'c[1,0] must be finite, got NaN'],
    ['an infinite diagonal', [Infinity], 'c[0,0] must be finite, got Infinity'],
    ['an asymmetric matrix', [2, 1, 0, 2], 'c must be symmetric at [1,0], got [0,1]'],
    ['eigenvalues 3 and −1', [1, 2, 2, 1], 'c must be positive semidefinite'],
    ['a negative diagonal', [1, 0, 0, -1], 'c must be positive semidefinite'],
    ['a negative diagonal only', [-1], 'c must be positive semidefinite'],
    ['eigenvalues ±1 and a zero diagonal', [0, 1, 1, 0], 'c must be positive semidefinite'],
    [
      'correlations that contradict each other',
      [1, 0.9, 0.9, 0.9, 1, -0.9, 0.9, -0.9, 1],
      'c must be positive semidefinite',
    ],
    ['a zero diagonal in one place', [4, 0, 0, 0, 0, 1, 0, 1, 0], 'c must be positive semidefinite'],
  ])('refuses %s', (_, matrix, message) => {
    expect(() => factor(matrix)).toThrow(RangeError);
    expect(() => factor(matrix)).toThrow(message);
  });
});
