import { dotProducts } from './dot-products.js';
import type { Rows } from './features.js';
import { squaredLengths } from './squared-lengths.js';

/**
 * Share of ‖x‖² + ‖y‖² below which ‖x‖² + ‖y‖² − 2⟨x,y⟩ has lost too many digits. Above it the relative error is at
 * most about `D·2⁻⁵³·2²⁰`, and in practice 2⁻³³.
 */
const CANCELLED = 2 ** -20;

/**
 * Squared distances of each x to all y, one x after the other: by products, and where these cancel by differences.
 *
 * @param x - centered, so that few distances cancel (any vectors give the right ones, if slower)
 * @param use - called with x's row and float64 `[y.n]`, which is used again
 */
export function eachDistance(
  fn: string,
  x: Rows,
  y: Rows,
  use: (i: number, distances: Float64Array) => void,
): void {
  const [xx, yy] = [squaredLengths(x), squaredLengths(y)];
  dotProducts(fn, x, y, (first, count, products) => {
    for (let i = 0; i < count; i++) {
      const line = products.subarray(i * y.n, (i + 1) * y.n);
      const square = xx[first + i] as number;
      for (let j = 0; j < y.n; j++) {
        const both = square + (yy[j] as number);
        const distance = both - 2 * (line[j] as number);
        line[j] = distance < CANCELLED * both ? byDifferences(x, first + i, y, j) : distance;
      }
      use(first + i, line);
    }
  });
}

function byDifferences(x: Rows, i: number, y: Rows, j: number): number {
  const { d } = x;
  let sum = 0;
  for (let k = 0; k < d; k++) {
    const difference = (x.data[i * d + k] as number) - (y.data[j * d + k] as number);
    sum += difference * difference;
  }
  return sum;
}
