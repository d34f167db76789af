import { pairwiseDistance } from '@immiscible/assignment';
import { createRng } from '@immiscible/core';
import { fashionMnist10k } from '@immiscible/datasets';
import ndarray from 'ndarray';
import { readFileSync } from 'node:fs';

/** Squared distances between n Fashion-MNIST images in [-1, 1] and n standard normal draws. */
export async function imageNoiseCost(n, seed = 0) {
  const { images } = await fashionMnist10k();
  const size = images.data.length / images.shape[0];
  const rng = createRng(seed);
  const order = rng.split('order').permutation(images.shape[0]);
  const x = new Float32Array(n * size);
  for (let i = 0; i < n; i++) {
    for (let d = 0; d < size; d++) x[i * size + d] = images.data[order[i] * size + d] / 127.5 - 1;
  }
  const noise = rng.split('noise').fillNormal(new Float32Array(n * size));
  return pairwiseDistance(ndarray(x, [n, size]), ndarray(noise, [n, size]));
}

/** A row-major float64 file. */
export function readMatrix(file, rows, cols) {
  const bytes = readFileSync(file);
  if (bytes.length !== 8 * rows * cols) {
    throw new RangeError(
      `bench: ${file} must hold ${rows} × ${cols} float64 (${8 * rows * cols} bytes), got ${bytes.length}`,
    );
  }
  return ndarray(new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)), [
    rows,
    cols,
  ]);
}

export const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
