import { checkInteger } from '@immiscible/core';
import type { FeatureExtractor } from '@immiscible/metrics-fid';
import ndarray, { type NdArray } from 'ndarray';

/** Cells a side. */
const CELLS = 8;

/**
 * The values themselves, averaged over 8×8 cells: what a distance between latents can be taken with where no decoder is at hand. It
 * sees means and covariances of coarse structure, and nothing of how a picture looks.
 *
 * @param imageShape - of all images
 */
export function valueFeatures([height, width, channels]: readonly [
  number,
  number,
  number,
]): FeatureExtractor {
  checkInteger('valueFeatures', 'height', height, 1);
  const [rows, columns] = [Math.min(CELLS, height), Math.min(CELLS, width)];
  const dimensions = rows * columns * channels;
  const rowOf = cellOf(height, rows);
  const columnOf = cellOf(width, columns);
  const area = new Float64Array(rows * columns);
  for (const row of rowOf) for (const column of columnOf) area[row * columns + column]!++;
  return Object.freeze({
    id: `values@${rows}x${columns}`,
    dimensions,
    async extract(images: NdArray<Float32Array>): Promise<NdArray<Float32Array>> {
      const count = images.shape[0] as number;
      const features = new Float32Array(count * dimensions);
      const sums = new Float64Array(dimensions);
      for (let n = 0; n < count; n++) {
        sums.fill(0);
        for (let y = 0; y < height; y++) {
          for (let x = 0; x < width; x++) {
            const cell = (rowOf[y] as number) * columns + (columnOf[x] as number);
            for (let c = 0; c < channels; c++) sums[cell * channels + c]! += images.get(n, y, x, c);
          }
        }
        sums.forEach((sum, i) => {
          features[n * dimensions + i] = sum / (area[Math.floor(i / channels)] as number);
        });
      }
      return ndarray(features, [count, dimensions]);
    },
  });
}

function cellOf(size: number, cells: number): number[] {
  return Array.from({ length: size }, (_, i) => Math.floor((i * cells) / size));
}
