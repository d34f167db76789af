import type { Batch, BatchTransform } from '@immiscible/core';
import ndarray, { type NdArray } from 'ndarray';
import { applied, checkFinite, checkTransform, readBatch } from './batch-checks.js';

/**
 * Applies a transform to the images of each class apart, so that noise never moves between classes.
 *
 * For class-conditional models: assignment over a mixed batch gives each class noise that leans toward its images,
 * `p(noise | class) ≠ N(0, I)`, while sampling starts from N(0, I) whatever the class. Assignment within classes
 * leaves every class the noise that was drawn for it. With K classes the transform sees batches a K-th as large: use a
 * pool.
 *
 * Images without a class, label −1, are a class of their own: noise doesn't move between them and the others.
 *
 * @param transform - what is applied to each class
 * @returns a transform with the `pool` of the given one; classes take their turn at the stream in ascending order
 * @throws RangeError from the transform if the batch has no labels, or one that is neither a class index nor −1
 * @see Cheng & Schwing 2025, conditional optimal transport for flow matching (arXiv:2503.10636)
 */
export function withinClasses(transform: BatchTransform): BatchTransform {
  const fn = 'withinClasses';
  checkTransform(fn, transform);
  const apart: BatchTransform = async (given, rng) => {
    const batch = readBatch(fn, given);
    // Here, so that an error counts images as the caller does.
    checkFinite(fn, batch);
    const { labels } = batch;
    if (labels === undefined)
      throw new RangeError(`${fn}: labels must be given, got none; use the bare transform`);
    const noise = new Float32Array(batch.noise.size);
    const size = noise.length / labels.length;
    for (const label of new Set(Int32Array.from(labels).sort())) {
      const members = Array.from(labels.keys()).filter((i) => labels[i] === label);
      const own: Batch = {
        ...batch,
        x0: gather(batch.x0, members),
        noise: gather(batch.noise, members),
        labels: Int32Array.from(members, () => label),
      };
      const { data } = (await applied(fn, transform, own, rng)).noise;
      members.forEach((i, row) => noise.set(data.subarray(row * size, (row + 1) * size), i * size));
    }
    return { ...given, noise: ndarray(noise, [...batch.noise.shape]) };
  };
  return transform.pool === undefined ? apart : Object.assign(apart, { pool: transform.pool });
}

function gather(
  { data, shape, size }: NdArray<Float32Array>,
  indices: readonly number[],
): NdArray<Float32Array> {
  const length = size / (shape[0] as number);
  const out = new Float32Array(indices.length * length);
  indices.forEach((i, row) => out.set(data.subarray(i * length, (i + 1) * length), row * length));
  return ndarray(out, [indices.length, ...shape.slice(1)]);
}
