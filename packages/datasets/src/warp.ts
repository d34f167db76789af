/** `[a, b, c, d, e, f]`: from the place (x, y) in the result, about the middle, to `(ax + by + c, dx + ey + f)` in the image. */
export type Affine = readonly [number, number, number, number, number, number];

/**
 * Resamples an image by cubic convolution (a = −½), mirrored beyond the middles of its outermost pixels.
 *
 * @param matrix - from places in the result, about the middle, to places in the image
 * @see Keys 1981, "Cubic Convolution Interpolation for Digital Image Processing", Eq. 15
 */
export function warpImage(
  from: Float32Array,
  height: number,
  width: number,
  channels: number,
  matrix: Affine,
  out: Float32Array,
): void {
  const [a, b, c, d, e, f] = matrix;
  const [middleX, middleY] = [(width - 1) / 2, (height - 1) / 2];
  const [columns, weightsX] = [new Int32Array(4), new Float64Array(4)];
  const [rows, weightsY] = [new Int32Array(4), new Float64Array(4)];
  let next = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [dx, dy] = [x - middleX, y - middleY];
      neighbors(a * dx + b * dy + c + middleX, width, columns, weightsX);
      neighbors(d * dx + e * dy + f + middleY, height, rows, weightsY);
      for (let channel = 0; channel < channels; channel++) {
        let sum = 0;
        for (let i = 0; i < 4; i++) {
          const line = (rows[i] as number) * width;
          let inLine = 0;
          for (let j = 0; j < 4; j++) {
            inLine +=
              (weightsX[j] as number) *
              (from[(line + (columns[j] as number)) * channels + channel] as number);
          }
          sum += (weightsY[i] as number) * inLine;
        }
        out[next++] = sum;
      }
    }
  }
}

/** The four pixels about a place on a line, and their weights. */
function neighbors(at: number, size: number, indices: Int32Array, weights: Float64Array): void {
  const first = Math.floor(at);
  const t = at - first;
  for (let k = 0; k < 4; k++) indices[k] = mirrored(first - 1 + k, size);
  weights[0] = ((-0.5 * t + 1) * t - 0.5) * t;
  weights[1] = (1.5 * t - 2.5) * t * t + 1;
  weights[2] = ((-1.5 * t + 2) * t + 0.5) * t;
  weights[3] = (0.5 * t - 0.5) * t * t;
}

function mirrored(index: number, size: number): number {
  const period = 2 * (size - 1);
  const at = ((index % period) + period) % period;
  return at < size ? at : period - at;
}
