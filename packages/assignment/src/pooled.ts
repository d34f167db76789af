import type { Rows } from './rows.js';

/**
 * Means over squares of `factor × factor` pixels, in float64: of float32 pixels far from 0 they need more digits than these have.
 *
 * @param images - of the given shape, `[n,H,W,C]`
 * @returns rows of `H/factor · W/factor · C` numbers
 * @throws RangeError if the shape hasn't rank 4, or H or W isn't a multiple of `factor`
 */
export function averagePool(
  fn: string,
  name: string,
  images: Rows,
  shape: readonly number[],
  factor: number,
): Rows {
  const { data } = images;
  const [n = 0, height = 0, width = 0, channels = 0] = shape;
  if (shape.length !== 4 || height % factor !== 0 || width % factor !== 0) {
    throw new RangeError(
      `${fn}: ${name} must have shape [n, H, W, C] with H and W multiples of ${factor} for features "pool${factor}", ` +
        `got [${shape.join(',')}]`,
    );
  }
  const [rows, cols] = [height / factor, width / factor];
  const size = rows * cols * channels;
  const out = new Float64Array(n * size);
  const share = 1 / (factor * factor);
  for (let i = 0, from = 0; i < n; i++) {
    for (let y = 0; y < height; y++) {
      const line = (i * rows + Math.floor(y / factor)) * cols;
      for (let x = 0; x < width; x++) {
        const to = (line + Math.floor(x / factor)) * channels;
        for (let c = 0; c < channels; c++, from++) {
          out[to + c] = (out[to + c] as number) + share * (data[from] as number);
        }
      }
    }
  }
  return { data: out, count: n, size: n === 0 ? 0 : size };
}
