import type { Rows } from './features.js';
import { kernels, roundUp } from './kernels.js';

/** Rows of a block of results. */
const BLOCK = 512;

/**
 * `x·yᵀ`, a block of rows of x after the other, so that the whole is never in memory.
 *
 * @param use - called for each block with the first row, the number of rows, and float64 `[rows,y.n]`, which is used again
 *   for the next block
 */
export function dotProducts(
  fn: string,
  x: Rows,
  y: Rows,
  use: (first: number, count: number, products: Float64Array) => void,
): void {
  const columns = roundUp(x.d, 4);
  const size = 8 * columns;
  const height = Math.min(BLOCK, roundUp(x.n, 4));
  const width = roundUp(y.n, 4);
  const yAt = height * size;
  const outAt = yAt + width * size;
  const lineAt = outAt + 8 * height * width;
  const { run, memory } = kernels(fn, lineAt + 4 * size);
  const lines = new Float64Array(memory, lineAt, 4 * columns);
  const packAll = ({ d, n, data }: Rows, first: number, count: number, at: number) => {
    for (let i = 0; i < count; i += 4) {
      lines.fill(0);
      for (let r = 0; r < 4 && first + i + r < n; r++) {
        const row = (first + i + r) * d;
        lines.set(data.subarray(row, row + d), r * columns);
      }
      run.pack(lineAt, at + i * size, size, columns);
    }
  };
  packAll(y, 0, y.n, yAt);
  const whole = new Float64Array(memory, outAt, height * width);
  const out = new Float64Array(height * y.n);
  for (let first = 0; first < x.n; first += height) {
    const count = Math.min(height, x.n - first);
    packAll(x, first, count, 0);
    whole.fill(0);
    run.multiply(0, yAt, outAt, roundUp(count, 4), width, columns, 0);
    for (let i = 0; i < count; i++) out.set(whole.subarray(i * width, i * width + y.n), i * y.n);
    use(first, count, out);
  }
}
