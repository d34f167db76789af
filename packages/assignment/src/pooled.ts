import ndarray, { type NdArray } from 'ndarray';

/**
 * Means over squares of `factor × factor` pixels.
 *
 * @param images - `[n,H,W,C]`, contiguous
 * @returns `[n, H/factor, W/factor, C]`
 * @throws RangeError if `images` hasn't rank 4, or H or W isn't a multiple of `factor`
 */
export function averagePool(
  fn: string,
  name: string,
  images: NdArray<Float32Array> | NdArray<Float64Array>,
  factor: number,
): NdArray<Float32Array> {
  const [n = 0, height = 0, width = 0, channels = 0] = images.shape;
  if (images.shape.length !== 4 || height % factor !== 0 || width % factor !== 0) {
    throw new RangeError(
      `${fn}: ${name} must have shape [n, H, W, C] with H and W multiples of ${factor} for features "pool${factor}", ` +
        `got [${images.shape.join(',')}]`,
    );
  }
  const [rows, cols] = [height / factor, width / factor];
  const out = new Float32Array(n * rows * cols * channels);
  const share = 1 / (factor * factor);
  const { data, offset } = images;
  for (let i = 0, from = offset; i < n; i++) {
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
  return ndarray(out, [n, rows, cols, channels]);
}
