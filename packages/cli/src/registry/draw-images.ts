import { createRng, rowMajor } from '@immiscible/core';
import ndarray, { type NdArray } from 'ndarray';
import type { ImageData } from './image-data.js';

/** The draws are the same for every run, whatever its seed: distances of runs with several seeds are to the same images. */
const SEED = 0;

/**
 * Which of a data set's images are taken where not all are: a draw, since files come sorted, so that the first are often of one
 * class.
 *
 * @param purpose - different ones are drawn for each
 * @returns `min(count, N)` indices; all of them, in their order, if that is all
 */
export function drawIndices(
  { shape: [all] }: Pick<ImageData, 'shape'>,
  count: number,
  purpose: string,
): Int32Array {
  if (count >= all) return Int32Array.from({ length: all }, (_, i) => i);
  return Int32Array.from(createRng(SEED).split(purpose).permutation(all).slice(0, count));
}

/** The images of these indices, float32 `[n,H,W,C]`, in their order. */
export function imagesAt(
  dataset: Pick<ImageData, 'shape' | 'images'>,
  indices: Int32Array,
): NdArray<Float32Array> {
  const [, ...imageShape] = dataset.shape;
  const size = imageShape.reduce((product, n) => product * n, 1);
  const data = new Float32Array(indices.length * size);
  for (let start = 0; start < indices.length;) {
    // Consecutive ones at once.
    let end = start + 1;
    while (end < indices.length && indices[end] === (indices[end - 1] as number) + 1) end++;
    const first = indices[start] as number;
    data.set(rowMajor('imagesAt', 'images', dataset.images(first, first + end - start)), start * size);
    start = end;
  }
  return ndarray(data, [indices.length, ...imageShape]);
}
