import { type Batch, type BatchTransform, createRng } from '@immiscible/core';
import { describe, expect, test } from 'vitest';
import ndarray from 'ndarray';
import { gaussianBatch, row, rowMultiset } from './gaussian-batch.js';

/** What holds for some transforms only. */
export interface TransformTraits {
  /** The noise that comes out is the noise that went in, reordered. */
  readonly permutes: boolean;
  /** It looks at the images, so it must refuse what isn't finite. */
  readonly looks: boolean;
  /** The pairs depend on the values of images and noise only, not on their order. */
  readonly matches: boolean;
}

/** Applies a transform, made anew. */
type Apply = (input: Batch, seed?: number) => Promise<Batch>;

/** Images with labels of three classes, and noise. */
function batch(count: number, shape: readonly number[] = [4, 3, 2]): Batch {
  return gaussianBatch(createRng(0), { count, shape, classes: 3 });
}

function describeWhatStays(apply: Apply): void {
  test('images and labels stay as they are, value by value', async () => {
    const input = batch(12);
    const output = await apply(input);
    expect(output.x0.shape).toEqual([12, 4, 3, 2]);
    expect(output.x0.data).toEqual(batch(12).x0.data);
    expect(output.labels).toEqual(batch(12).labels);
  });

  test('noise keeps its shape and type, contiguous, and stays finite', async () => {
    const { noise } = await apply(batch(12));
    expect(noise.shape).toEqual([12, 4, 3, 2]);
    expect(noise.stride).toEqual([24, 6, 2, 1]);
    expect(noise.offset).toBe(0);
    expect(noise.data).toBeInstanceOf(Float32Array);
    expect(noise.data).toHaveLength(12 * 24);
    expect(noise.data.every(Number.isFinite)).toBe(true);
  });

  test('arguments are not changed', async () => {
    const input = Object.freeze(batch(12));
    await apply(input);
    const fresh = batch(12);
    expect(input.x0.data).toEqual(fresh.x0.data);
    expect(input.noise.data).toEqual(fresh.noise.data);
    expect(input.labels).toEqual(fresh.labels);
  });

  test('the same seed gives the same bytes', async () => {
    expect((await apply(batch(12))).noise.data).toEqual((await apply(batch(12))).noise.data);
  });
}

function describeSizes(apply: Apply, { permutes }: TransformTraits): void {
  test('a batch of 0 stays empty', async () => {
    const { x0, noise, labels } = await apply(batch(0));
    expect(x0.shape).toEqual([0, 4, 3, 2]);
    expect(noise.shape).toEqual([0, 4, 3, 2]);
    expect(labels).toHaveLength(0);
  });

  test('takes a batch of 1', async () => {
    const output = await apply(batch(1));
    expect(output.noise.shape).toEqual([1, 4, 3, 2]);
    if (permutes) expect(output.noise.data).toEqual(batch(1).noise.data);
  });

  test('takes points, [B,D], as well as images', async () => {
    expect((await apply(batch(6, [2]))).noise.shape).toEqual([6, 2]);
    expect((await apply(batch(6, [1]))).noise.shape).toEqual([6, 1]);
  });

  test('takes images that are all zero', async () => {
    const { x0, ...rest } = batch(6);
    const { noise } = await apply({ ...rest, x0: ndarray(new Float32Array(x0.size), x0.shape) });
    expect(noise.data.every(Number.isFinite)).toBe(true);
  });
}

function describePermutation(apply: Apply): void {
  test('each noise goes to one image and none is lost', async () => {
    for (const count of [1, 2, 5, 33]) {
      const input = batch(count);
      const output = await apply(input);
      expect(rowMultiset(output.noise)).toEqual(rowMultiset(input.noise));
    }
  });
}

function describeMatching(apply: Apply): void {
  test('any order of the images gets the same pairs', async () => {
    const input = batch(12);
    const order = createRng(9).permutation(12);
    const shuffled = (array: Batch['x0']): Batch['x0'] =>
      ndarray(Float32Array.from(Array.from(order).flatMap((i) => row(array, i))), array.shape);
    const labels = Int32Array.from(order, (i) => input.labels?.[i] as number);
    const pairs = ({ x0, noise }: Batch): string[] =>
      Array.from({ length: 12 }, (_, i) => `${row(x0, i).join()}|${row(noise, i).join()}`).sort();
    const moved = { x0: shuffled(input.x0), noise: input.noise, labels };
    expect(pairs(await apply(moved))).toEqual(pairs(await apply(input)));
  });
}

function describeLooking(apply: Apply): void {
  test('refuses NaN and infinity, naming the image', async () => {
    for (const key of ['x0', 'noise'] as const) {
      for (const value of [NaN, Infinity]) {
        const input = batch(6);
        input[key].set(3, 1, 2, 0, value);
        await expect(apply(input)).rejects.toThrow(
          new RegExp(`${key} must be finite, got ${value} in image 3`),
        );
      }
    }
  });

  test('refuses noise of another shape', async () => {
    const input = { ...batch(6), noise: batch(5).noise };
    await expect(apply(input)).rejects.toThrow('noise must be of shape [6,4,3,2] like x0, got [5,4,3,2]');
  });
}

/**
 * The contract suite of batch transforms: what every coupling keeps.
 *
 * @param name - for the title
 * @param make - makes the transform, anew for each test
 * @param traits - what holds for this one
 */
export function describeBatchTransform(
  name: string,
  make: () => BatchTransform,
  traits: TransformTraits,
): void {
  const apply: Apply = async (input, seed = 1) => make()(input, createRng(seed));
  describe(`${name} is a batch transform`, () => {
    describeWhatStays(apply);
    describeSizes(apply, traits);
    if (traits.permutes) describePermutation(apply);
    if (traits.matches) describeMatching(apply);
    if (traits.looks) describeLooking(apply);
    test('its pool is a positive integer, if it has one', () => {
      const { pool } = make();
      if (pool !== undefined) expect(Number.isInteger(pool) && pool > 0).toBe(true);
    });
  });
}
