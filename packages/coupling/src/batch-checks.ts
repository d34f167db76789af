import { type Batch, check, checkSameShape } from '@immiscible/core';
import type { NdArray } from 'ndarray';

/**
 * What a coupling asks of a batch: images and noise of one shape `[B,…]`, contiguous.
 *
 * @throws RangeError if that isn't so, or if there are labels but not one per image
 */
export function checkBatch(fn: string, { x0, noise, labels }: Batch): void {
  check(x0.shape.length >= 2, fn, 'x0', 'of shape [B,…]', x0.shape);
  checkSameShape(fn, 'noise', noise.shape, 'x0', x0.shape);
  checkContiguous(fn, 'x0', x0);
  checkContiguous(fn, 'noise', noise);
  const count = x0.shape[0] as number;
  if (labels !== undefined) {
    check(labels.length === count, fn, 'labels', `as many as there are images (${count})`, labels.length);
  }
}

function checkContiguous(fn: string, name: string, array: NdArray<Float32Array>): void {
  let step = 1;
  const rowMajor = array.shape.map(() => 1);
  for (let axis = array.shape.length - 1; axis >= 0; axis--) {
    rowMajor[axis] = step;
    step *= array.shape[axis] as number;
  }
  const contiguous =
    array.size === 0 ||
    (array.offset === 0 &&
      array.data.length === array.size &&
      array.shape.every((size, axis) => size === 1 || array.stride[axis] === rowMajor[axis]));
  check(
    contiguous,
    fn,
    name,
    'contiguous',
    `strides [${array.stride.join(',')}]`,
    'copy it into a new array',
  );
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
