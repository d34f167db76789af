import {
  type Batch,
  type BatchTransform,
  check,
  checkLabels,
  checkSameShape,
  describe,
  type Rng,
  rowMajor,
} from '@immiscible/core';
import ndarray, { type NdArray } from 'ndarray';

/**
 * A batch as couplings work on it: images and noise of one shape `[B,…]`, each one array, row by row, whatever strides it came with. The
 * same object if it is that already.
 *
 * @param what - how messages call the batch's parts, if not by their names
 * @throws TypeError if images or noise are no float32 NdArrays; RangeError if shapes differ, or labels aren't one class index, or −1, an image
 */
export function readBatch(fn: string, batch: Batch, what = ''): Batch {
  if (typeof batch !== 'object' || batch === null) {
    throw new TypeError(`${fn}: ${what || 'batch'} must be { x0, noise }, got ${describe(batch)}`);
  }
  const { labels } = batch;
  const x0 = readArray(fn, `${what}x0`, batch.x0);
  const noise = readArray(fn, `${what}noise`, batch.noise);
  check(x0.shape.length >= 2, fn, `${what}x0`, 'of shape [B,…]', x0.shape);
  checkSameShape(fn, `${what}noise`, noise.shape, `${what}x0`, x0.shape);
  if (labels !== undefined) {
    if (labels === null || typeof labels !== 'object' || !('length' in labels)) {
      throw new TypeError(
        `${fn}: labels must be an Int32Array, one number an image, got ${describe(labels)}`,
      );
    }
    checkLabels(fn, labels, x0.shape[0] as number);
  }
  return x0 === batch.x0 && noise === batch.noise ? batch : { ...batch, x0, noise };
}

/** A float32 array that is whole and row by row: itself, or a view or copy. */
export function readArray(fn: string, name: string, array: NdArray<Float32Array>): NdArray<Float32Array> {
  const data: unknown = rowMajor(fn, name, array);
  if (!(data instanceof Float32Array)) {
    throw new TypeError(
      `${fn}: ${name} must be float32, got ${(data as object).constructor.name}; Float32Array.from(data) converts it`,
    );
  }
  return data === array.data && array.offset === 0 ? array : ndarray(data, [...array.shape]);
}

/** @throws RangeError naming the first image with a NaN or an infinite value, in the images or in the noise */
export function checkFinite(fn: string, batch: Batch): void {
  for (const name of ['x0', 'noise'] as const) {
    const { data, shape, size } = batch[name];
    for (let i = 0; i < size; i++) {
      if (!Number.isFinite(data[i])) {
        const image = Math.floor(i / (size / (shape[0] as number)));
        throw new RangeError(`${fn}: ${name} must be finite, got ${data[i]} in image ${image}`);
      }
    }
  }
}

/** @throws TypeError unless `transform` is a function */
export function checkTransform(fn: string, transform: BatchTransform, name = 'transform'): void {
  if (typeof transform !== 'function') {
    throw new TypeError(
      `${fn}: ${name} must be a batch transform such as linearAssignment(), got ${describe(transform)}`,
    );
  }
}

/**
 * Applies a transform.
 *
 * @throws TypeError if what comes out is no batch, as from a transform that wasn't made: `linearAssignment` for `linearAssignment()`
 */
export async function passed(fn: string, transform: BatchTransform, batch: Batch, rng: Rng): Promise<Batch> {
  const result: Batch = await transform(batch, rng);
  if (typeof result !== 'object' || result === null) {
    throw new TypeError(
      `${fn}: transform must return a batch, got ${describe(result)}; ` +
        'linearAssignment() is a transform, linearAssignment makes one',
    );
  }
  return result;
}

/** The same, with what comes out read as {@link readBatch} does. */
export async function applied(fn: string, transform: BatchTransform, batch: Batch, rng: Rng): Promise<Batch> {
  const coupled = readBatch(fn, await passed(fn, transform, batch, rng), 'the coupled ');
  checkSameShape(fn, 'the coupled x0', coupled.x0.shape, 'the batch', batch.x0.shape);
  return coupled;
}
