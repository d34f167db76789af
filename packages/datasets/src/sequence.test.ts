import { createRng } from '@immiscible/core';
import ndarray from 'ndarray';
import { describe, expect, test } from 'vitest';
import { batches } from './batches.js';
import { createDataset, type Dataset, type ImageSource } from './dataset.js';
import { channelsLast, latentBatches } from './latents.js';
import { toImages } from './pixels.js';
import { prefetch } from './prefetch.js';

/** n images of 8×8×3 random bytes; image i has label i. */
function random(n: number, shape: readonly [number, number, number] = [8, 8, 3]): Dataset {
  const rng = createRng(5);
  const size = shape[0] * shape[1] * shape[2];
  return createDataset({
    name: 'random',
    images: ndarray(
      Uint8Array.from({ length: n * size }, () => rng.uint32() & 255),
      [n, ...shape],
    ),
    labels: Int32Array.from({ length: n }, (_, i) => i),
    allowsFlip: true,
  });
}

describe('the order of batches', () => {
  test('ranks together read what one process with the whole batch reads', () => {
    const dataset = random(30);
    const whole = batches(dataset, { batchSize: 12, rng: createRng(1), flip: true });
    for (const step of [0, 1, 7]) {
      const parts = [0, 1, 2].map((rank) =>
        batches(dataset, { batchSize: 4, rng: createRng(1), flip: true, rank, ranks: 3 }).at(step),
      );
      expect(parts.flatMap(({ labels }) => Array.from(labels ?? []))).toEqual(
        Array.from(whole.at(step).labels ?? []),
      );
      expect(parts.flatMap(({ x0 }) => Array.from(x0.data))).toEqual(Array.from(whole.at(step).x0.data));
    }
  });

  test('a saved place is found again, with another batch size and number of ranks too', () => {
    const dataset = random(30);
    const first = batches(dataset, { batchSize: 6, rng: createRng(1) });
    const saved = JSON.parse(JSON.stringify(first.position(10)));
    const second = batches(dataset, { batchSize: 5, rng: createRng(1), rank: 0, ranks: 2 });
    const step = second.stepAt(saved);
    expect(step).toBe(6);
    expect(first.stepAt(saved)).toBe(10);
    expect(Array.from(second.at(step).labels ?? [])).toEqual(
      Array.from(first.at(10).labels ?? []).slice(0, 5),
    );
    expect(() => batches(dataset, { batchSize: 7, rng: createRng(1) }).stepAt(saved)).toThrow(
      'position.seen must be a multiple of the 7 images of a step, got 60',
    );
    expect(() => batches(dataset, { batchSize: 6, rng: createRng(2) }).stepAt(saved)).toThrow(
      'use the seed that the run began with',
    );
    expect(() => batches(random(31), { batchSize: 6, rng: createRng(1) }).stepAt(saved)).toThrow(
      'position must be one in random with 31 images',
    );
  });

  test('a rank outside the ranks, or more images a step than there are, is refused', () => {
    const make = (rank: number, ranks: number) => () =>
      batches(random(10), { batchSize: 4, rng: createRng(0), rank, ranks });
    expect(make(2, 2)).toThrow('rank must be less than ranks (2), got 2');
    expect(make(0, 3)).toThrow('batchSize · ranks must be at most 10, the images of random, got 12');
  });
});

describe('pixels of batches', () => {
  test.each([
    [8, 8, 3],
    [3, 5, 3],
    [4, 6, 1],
    [2, 2, 4],
    [1, 4, 3],
  ] as const)(
    '%i×%i×%i: each row is its image, mirrored or not, both ways often',
    (height, width, channels) => {
      const dataset = random(16, [height, width, channels]);
      const { x0 } = toImages(dataset);
      const source = batches(dataset, { batchSize: 16, rng: createRng(3), flip: true });
      let mirrored = 0;
      for (let step = 0; step < 20; step++) {
        const batch = source.at(step);
        for (let i = 0; i < 16; i++) {
          const image = batch.labels?.[i] as number;
          const matches = (mirror: boolean): boolean => {
            for (let y = 0; y < height; y++) {
              for (let x = 0; x < width; x++) {
                for (let c = 0; c < channels; c++) {
                  if (batch.x0.get(i, y, x, c) !== x0.get(image, y, mirror ? width - 1 - x : x, c))
                    return false;
                }
              }
            }
            return true;
          };
          const turned = !matches(false);
          if (turned) expect(matches(true)).toBe(true);
          mirrored += Number(turned);
        }
      }
      // 320 tosses: 160 ± 5 standard deviations.
      expect(Math.abs(mirrored - 160)).toBeLessThan(45);
    },
  );

  test('crops are windows of their images, and every window comes', () => {
    const dataset = random(4, [5, 6, 2]);
    const { x0 } = toImages(dataset);
    const source = batches(dataset, { batchSize: 4, rng: createRng(3), crop: [3, 4] });
    expect(source.imageShape).toEqual([3, 4, 2]);
    const seen = new Set<string>();
    for (let step = 0; step < 100; step++) {
      const batch = source.at(step);
      for (let i = 0; i < 4; i++) {
        const image = batch.labels?.[i] as number;
        const found: string[] = [];
        for (let top = 0; top < 3; top++) {
          for (let left = 0; left < 3; left++) {
            let same = true;
            for (let y = 0; y < 3; y++)
              for (let x = 0; x < 4; x++)
                for (let c = 0; c < 2; c++)
                  same &&= batch.x0.get(i, y, x, c) === x0.get(image, top + y, left + x, c);
            if (same) found.push(`${top},${left}`);
          }
        }
        expect(found).toHaveLength(1);
        seen.add(found[0] as string);
      }
    }
    expect(seen.size).toBe(9);
    expect(() => batches(dataset, { batchSize: 1, rng: createRng(0), crop: 6 })).toThrow(
      `crop must be at most the images' 5×6, got "6×6"`,
    );
  });

  test('images that are read when wanted come out as those in memory', async () => {
    const dataset = random(20);
    const source: ImageSource = {
      name: 'random',
      count: 20,
      imageShape: [8, 8, 3],
      labels: dataset.labels as Int32Array,
      allowsFlip: true,
      read: async (indices, out) =>
        indices.forEach((image, i) =>
          out.set(dataset.images.data.subarray(image * 192, (image + 1) * 192), i * 192),
        ),
    };
    const options = { batchSize: 7, rng: createRng(9), flip: true, crop: 6 };
    for (const step of [0, 5]) {
      expect(await batches(source, options).at(step)).toEqual(batches(dataset, options).at(step));
    }
  });
});

test('reading ahead changes nothing but the time: same batches at every depth', async () => {
  const source = batches(random(20), { batchSize: 6, rng: createRng(0) });
  for (const depth of [0, 1, 5]) {
    let step = 3;
    for await (const next of prefetch(source, { from: 3, depth })) {
      expect(next.step).toBe(step);
      expect(next.images).toEqual(source.at(step));
      if (++step === 8) break;
    }
  }
});

test('a failure of a step that was read ahead comes when its turn comes', async () => {
  const source = {
    batchSize: 1,
    imageShape: [1, 1, 1] as const,
    at: (step: number) => {
      if (step === 2) throw new Error('broken disk');
      return { x0: ndarray(new Float32Array(1), [1, 1, 1, 1]) };
    },
  };
  const reader = prefetch(source, { depth: 3 });
  await reader.next();
  await reader.next();
  await expect(reader.next()).rejects.toThrow('broken disk');
});

test('latents come scaled, in the order of images', () => {
  const latents = channelsLast(
    ndarray(
      Float32Array.from({ length: 10 * 8 }, (_, i) => i),
      [10, 2, 2, 2],
    ),
  );
  // Latent n, channel c, y, x holds 8n + 4c + 2y + x.
  expect(latents.get(3, 1, 0, 1)).toBe(8 * 3 + 4 * 1 + 2 * 1 + 0);
  const labels = Int32Array.from({ length: 10 }, (_, i) => i);
  const source = latentBatches(
    { name: 'latents', latents, labels },
    { batchSize: 4, rng: createRng(1), scale: 0.5 },
  );
  const { x0, labels: found } = source.at(2) as { x0: typeof latents; labels: Int32Array };
  expect(Array.from(found)).toEqual(
    Array.from(batches(random(10), { batchSize: 4, rng: createRng(1) }).at(2).labels ?? []),
  );
  for (let i = 0; i < 4; i++) expect(x0.get(i, 1, 1, 0)).toBe((8 * (found[i] as number) + 2 + 1) * 0.5);
});
