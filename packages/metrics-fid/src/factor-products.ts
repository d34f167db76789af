import type { Factor } from './cholesky.js';
import { kernels, roundUp } from './kernels.js';

/**
 * `R₁R₂ᵀ` of two factors. In the first one's order of columns R₁ is upper triangular; the half that is zero is passed
 * over.
 *
 * @returns float64 `[rank₁,rank₂]`
 */
export function factorProducts(first: Factor, second: Factor): Float64Array {
  const { rank: m, order } = first;
  const n = second.rank;
  // Both in that order, from column 4 to 4, and in rows by 4.
  const columns = roundUp(order.length, 4);
  const [rows1, rows2] = [roundUp(m, 4), roundUp(n, 4)];
  const size = 8 * columns;
  const secondAt = rows1 * size;
  const outAt = secondAt + rows2 * size;
  const lineAt = outAt + 8 * rows1 * rows2;
  const { run, memory } = kernels('frechetDistance', lineAt + 4 * size);
  const lines = new Float64Array(memory, lineAt, 4 * columns);
  const packAll = (rows: Float64Array, count: number, at: number) => {
    const d = order.length;
    for (let i = 0; i < count; i += 4) {
      lines.fill(0);
      for (let r = 0; r < Math.min(4, count - i); r++) {
        for (let k = 0; k < d; k++) {
          lines[r * columns + k] = rows[(i + r) * d + (order[k] as number)] as number;
        }
      }
      run.pack(lineAt, at + i * size, size, columns);
    }
  };
  packAll(first.rows, m, 0);
  packAll(second.rows, n, secondAt);
  run.multiply(0, secondAt, outAt, rows1, rows2, columns, 1);
  const out = new Float64Array(m * n);
  for (let i = 0; i < m; i++) out.set(new Float64Array(memory, outAt + 8 * i * rows2, n), i * n);
  return out;
}
