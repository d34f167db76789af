import { createRng } from '@immiscible/core';
import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import ndarray from 'ndarray';
import { batches } from './batches.js';
import { createDataset, type Dataset } from './dataset.js';

/** n images of 1×2 pixels: image i is [i, 255 − i], its label i. */
const numbered = (n: number, allowsFlip = true): Dataset =>
  createDataset({
    name: 'numbered',
    images: ndarray(
      Uint8Array.from({ length: 2 * n }, (_, p) => (p % 2 ? 255 - (p >> 1) : p >> 1)),
      [n, 1, 2, 1],
    ),
    labels: Int32Array.from({ length: n }, (_, i) => i),
    allowsFlip,
  });

const labelsOf = async (
  dataset: Dataset,
  batchSize: number,
  seed: number,
  steps: number[],
): Promise<number[]> => {
  const source = batches(dataset, { batchSize, rng: createRng(seed) });
  const all: number[] = [];
  for (const step of steps) all.push(...((await source.at(step)).labels ?? []));
  return all;
};
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

describe('batches', () => {
  test('an epoch holds each image once, however batches fall across its border', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc
          .integer({ min: 1, max: 40 })
          .chain((n) => fc.tuple(fc.constant(n), fc.integer({ min: 1, max: n }))),
        fc.nat(1000),
        async ([n, batchSize], seed) => {
          const steps = Math.ceil((3 * n) / batchSize);
          const seen = await labelsOf(numbered(n), batchSize, seed, range(steps));
          for (let epoch = 0; epoch < 3; epoch++) {
            const sorted = seen.slice(epoch * n, (epoch + 1) * n).sort((a, b) => a - b);
            expect(sorted).toEqual(range(n));
          }
        },
      ),
    );
  });

  test('a step gives the same batch, flips included, whatever was read before', async () => {
    const read = async (steps: number[]): Promise<Map<number, unknown>> => {
      const source = batches(numbered(10), { batchSize: 3, rng: createRng(7), flip: true });
      const seen = new Map<number, unknown>();
      for (const step of steps) seen.set(step, await source.at(step));
      return seen;
    };
    const forward = await read(range(20));
    const backward = await read(range(20).reverse());
    for (const step of range(20)) expect(backward.get(step)).toEqual(forward.get(step));
  });

  test('draws nothing from the stream it is given', async () => {
    const rng = createRng(3);
    await batches(numbered(10), { batchSize: 4, rng, flip: true }).at(5);
    expect(rng.state().drawn).toBe(0);
  });

  test('the sequence of images, flips included, does not depend on the batch size', async () => {
    const pixels = async (batchSize: number): Promise<number[]> => {
      const source = batches(numbered(12), { batchSize, rng: createRng(1), flip: true });
      const all: number[] = [];
      for (let step = 0; step < 60 / batchSize; step++) all.push(...(await source.at(step)).x0.data);
      return all;
    };
    expect(await pixels(5)).toEqual(await pixels(12));
  });

  test('epochs and seeds differ in order', async () => {
    const seen = await labelsOf(numbered(50), 50, 0, [0, 1]);
    expect(seen.slice(0, 50)).not.toEqual(seen.slice(50));
    expect(await labelsOf(numbered(50), 50, 1, [0])).not.toEqual(seen.slice(0, 50));
  });

  test('every position is as likely for every image: χ² of the first image of 4,000 epochs', async () => {
    const source = batches(numbered(8), { batchSize: 8, rng: createRng(11) });
    const counts = new Array<number>(8).fill(0);
    for (let step = 0; step < 4000; step++) {
      const first = (await source.at(step)).labels?.[0] as number;
      counts[first] = (counts[first] as number) + 1;
    }
    const chi2 = counts.reduce((sum, count) => sum + (count - 500) ** 2 / 500, 0);
    expect(chi2).toBeLessThan(24.3); // 7 degrees of freedom, 0.1 % point
  });

  test('pixels are v/127.5 − 1 in float32, from −1 to 1, with their own labels', async () => {
    const { x0, labels } = await batches(numbered(256), { batchSize: 256, rng: createRng(0) }).at(0);
    expect(x0.shape).toEqual([256, 1, 2, 1]);
    labels?.forEach((label, i) => {
      expect(x0.get(i, 0, 0, 0)).toBe(Math.fround(label / 127.5 - 1));
      expect(x0.get(i, 0, 1, 0)).toBe(Math.fround((255 - label) / 127.5 - 1));
    });
  });

  test('mirrors about half of the images, anew in each epoch, and none unless asked', async () => {
    const flips = async (flip: boolean, byPosition = false): Promise<boolean[]> => {
      const source = batches(numbered(100), { batchSize: 100, rng: createRng(5), flip });
      const mirrored: boolean[] = [];
      for (let step = 0; step < 20; step++) {
        const { x0, labels } = await source.at(step);
        labels?.forEach((label, i) => {
          mirrored[100 * step + (byPosition ? i : label)] =
            x0.get(i, 0, 0, 0) !== Math.fround(label / 127.5 - 1);
        });
      }
      return mirrored;
    };
    const mirrored = await flips(true);
    // Binomial(2000, ½): standard deviation 22.4, four of them.
    expect(Math.abs(mirrored.filter(Boolean).length - 1000)).toBeLessThan(90);
    expect(mirrored.slice(0, 100)).not.toEqual(mirrored.slice(100, 200));
    const coins = await flips(true, true);
    expect(coins.slice(0, 100)).not.toEqual(coins.slice(100, 200));
    expect((await flips(false)).some(Boolean)).toBe(false);
  });

  test('mirrors columns only, and keeps channels in their order', async () => {
    const bytes = range(2 * 3 * 2); // [1, 2, 3, 2]
    const dataset = createDataset({
      name: 'one',
      images: ndarray(Uint8Array.from(bytes), [1, 2, 3, 2]),
      allowsFlip: true,
    });
    const source = batches(dataset, { batchSize: 1, rng: createRng(0), flip: true });
    const seen = new Set<string>();
    for (let step = 0; step < 20; step++) {
      seen.add(Array.from((await source.at(step)).x0.data, (x) => Math.round((x + 1) * 127.5)).join());
    }
    expect(seen).toEqual(new Set([bytes.join(), '4,5,2,3,0,1,10,11,8,9,6,7']));
  });

  test('leaves labels out if asked to, with the same images', async () => {
    const options = { batchSize: 2, rng: createRng(0) };
    const without = await batches(numbered(4), { ...options, labels: false }).at(0);
    expect('labels' in without).toBe(false);
    expect(without.x0.data).toEqual((await batches(numbered(4), options).at(0)).x0.data);
  });

  test('has no labels where the data set has none', async () => {
    const { labels: _, ...rest } = numbered(4);
    expect('labels' in (await batches(rest, { batchSize: 2, rng: createRng(0) }).at(0))).toBe(false);
  });

  test('reuse hands out the same bytes as new arrays, in so many arrays in turn', () => {
    const options = { batchSize: 5, flip: true };
    const fresh = batches(numbered(12), { ...options, rng: createRng(3) });
    const reused = batches(numbered(12), { ...options, rng: createRng(3), reuse: 2 });
    const arrays = range(5).map((step) => {
      const { x0 } = reused.at(step);
      expect([...x0.data]).toEqual([...fresh.at(step).x0.data]);
      return x0.data;
    });
    expect(arrays[0]).not.toBe(arrays[1]);
    expect([arrays[2], arrays[3], arrays[4]]).toEqual([arrays[0], arrays[1], arrays[0]]);
    expect(arrays[2]).toBe(arrays[0]);
    expect(fresh.at(0).x0.data).not.toBe(fresh.at(0).x0.data);
    expect(() => batches(numbered(4), { batchSize: 2, rng: createRng(0), reuse: -1 })).toThrow(
      'reuse must be',
    );
  });

  test('refuses a batch size outside 1…N, flips where they make no sense, and steps that are no step', () => {
    const rng = createRng(0);
    expect(() => batches(numbered(4), { batchSize: 5, rng })).toThrow(
      'batches: batchSize must be at most 4, the images of numbered, got 5',
    );
    expect(() => batches(numbered(4), { batchSize: 0, rng })).toThrow(RangeError);
    expect(() => batches(numbered(4), { batchSize: 1.5, rng })).toThrow(RangeError);
    expect(() => batches(numbered(4, false), { batchSize: 2, rng, flip: true })).toThrow(
      'batches: flip must be false for numbered, got true; its images have a direction',
    );
    expect(() => batches(numbered(4), { batchSize: 2, rng }).at(-1)).toThrow(RangeError);
  });
});
