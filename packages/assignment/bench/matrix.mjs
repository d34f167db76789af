import { pairwiseDistance } from '@immiscible/assignment';
import { createRng } from '@immiscible/core';
import { fashionMnist10k } from '@immiscible/datasets';
import ndarray from 'ndarray';
import { readFileSync } from 'node:fs';

/**
 * Distances between n images and n standard normal draws. Images of 784 numbers are Fashion-MNIST's in [-1, 1]; larger ones are
 * put together from several.
 */
export async function imageNoiseCost(n, { seed = 0, metric = 'squaredL2', size = 784 } = {}) {
  const { images } = await fashionMnist10k();
  const small = images.data.length / images.shape[0];
  const rng = createRng(seed);
  const x = new Float32Array(n * size);
  for (let i = 0, k = 0; i < n;) {
    const order = rng.split(`order ${k++}`).permutation(images.shape[0]);
    const parts = Math.ceil(size / small);
    for (let at = 0; at + parts <= order.length && i < n; at += parts, i++) {
      for (let d = 0; d < size; d++) {
        const image = order[at + Math.floor(d / small)];
        x[i * size + d] = images.data[image * small + (d % small)] / 127.5 - 1;
      }
    }
  }
  const noise = rng.split('noise').fillNormal(new Float32Array(n * size));
  return pairwiseDistance(ndarray(x, [n, size]), ndarray(noise, [n, size]), { metric });
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
