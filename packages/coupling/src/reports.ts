import { type Batch, check, meanRowDistance } from '@immiscible/core';
import { readBatch } from './batch-checks.js';

/**
 * Mean distance between image and noise, `1/B Σ_i ‖x0[i] − noise[i]‖` (not squared), in float64.
 *
 * @param batch - images and noise of one shape `[B,…]`; borrowed
 * @throws RangeError if the batch is empty or its shapes differ
 */
export function meanDistance(batch: Batch): number {
  const fn = 'meanDistance';
  const { x0, noise } = readBatch(fn, batch);
  const count = x0.shape[0] as number;
  check(count > 0, fn, 'batch', 'of at least one image', 0);
  return meanRowDistance(x0.data, noise.data, count);
}

/**
 * By what fraction a transform has shortened the mean image–noise distance: `1 − d(after)/d(before)`, 0.02 for 2 %.
 * Negative if it has grown; 0 where there was no distance and is none.
 *
 * @param before - the batch as drawn
 * @param after - the batch as coupled
 * @throws RangeError if a batch is empty or its shapes differ
 * @see Li et al. 2024, Table 2 (arXiv:2406.12303); `meanDistance`
 */
export function distanceDrop(before: Batch, after: Batch): number {
  const [first, second] = [meanDistance(before), meanDistance(after)];
  return first === second ? 0 : 1 - second / first;
}

/** How a batch's noise differs from independent N(0, I), as {@link noiseMoments} finds it. */
export interface NoiseMoments {
  /** Mean of all components; 0 if independent, up to 1/√(B·D). */
  readonly mean: number;
  /** Mean of their squares; 1 if independent, up to √(2/(B·D)). Falls if noise was selected. */
  readonly meanSquare: number;
  /** `Σ x0·noise / Σ x0²`, how far noise leans toward its image; 0 if independent, up to 1/√(Σ x0²). */
  readonly slope: number;
}

/**
 * The noise's drift from N(0, I): which a permutation can't cause (but for `slope`) and a selection does.
 *
 * @param batch - images and noise of one shape `[B,…]`; borrowed
 * @throws RangeError if the batch is empty or its shapes differ
 */
export function noiseMoments(batch: Batch): NoiseMoments {
  const fn = 'noiseMoments';
  const { x0, noise } = readBatch(fn, batch);
  check(x0.size > 0, fn, 'batch', 'of at least one image', 0);
  let sum = 0;
  let squares = 0;
  let product = 0;
  let images = 0;
  noise.data.forEach((n, p) => {
    const x = x0.data[p] as number;
    sum += n;
    squares += n * n;
    product += x * n;
    images += x * x;
  });
  const size = noise.size;
  return { mean: sum / size, meanSquare: squares / size, slope: images === 0 ? 0 : product / images };
}
