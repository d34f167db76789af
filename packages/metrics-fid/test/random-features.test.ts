import '@tensorflow/tfjs';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { selectBackend } from '@immiscible/backend';
import { createRng } from '@immiscible/core';
import { decodeSafetensors } from '@immiscible/formats';
import { frechetResult, imageStatistics, randomFeatures } from '@immiscible/metrics-fid';
import { availableBackends, expectNoLeak } from '@immiscible/testing';
import ndarray, { type NdArray } from 'ndarray';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { randomNetwork } from '../src/random-network.js';

const { tensors: reference, metadata } = decodeSafetensors(
  readFileSync(new URL('./fixtures/random-features.safetensors', import.meta.url)),
);

function uniformImages(name: string, shape: readonly number[]): NdArray<Float32Array> {
  const data = new Float32Array(shape.reduce((product, side) => product * side, 1));
  createRng(7).split(name).fillUniform(data);
  return ndarray(
    data.map((u) => 2 * u - 1),
    [...shape],
  );
}

describe.each(await availableBackends(selectBackend))('randomFeatures on %s', (backend) => {
  beforeEach(async () => void (await selectBackend({ backend })));

  it.each<[string, number[], number, number]>([
    ['color', [4, 32, 32, 3], 3, 0],
    ['odd', [3, 11, 9, 1], 1, 5],
    ['smallest', [2, 8, 8, 4], 4, 2 ** 40 + 1],
    ['gray', [2, 16, 20, 1], 3, 0],
  ])(
    "gives PyTorch's features: %s %j (test/fixtures/make-random-features.py)",
    async (name, shape, channels, seed) => {
      const extractor = randomFeatures({ channels, seed, batchSize: 3 });
      const found = await extractor.extract(uniformImages(name, shape));
      expect(found.shape).toEqual([shape[0], 192]);
      // A deviation of few pixels is the root of a difference that float32 rounds.
      expect(found.data).toBeAllClose(reference[name]?.data as Float32Array, { atol: 2e-5, rtol: 1e-5 });
    },
  );

  it('leaves no tensors behind, nor after an error', async () => {
    const extractor = randomFeatures({ channels: 1, batchSize: 1 });
    await expectNoLeak(async () => {
      await extractor.extract(uniformImages('leak', [2, 8, 8, 1]));
      return [];
    });
    const spoiled = uniformImages('leak', [2, 8, 9, 1]);
    spoiled.set(1, 3, 5, 0, NaN);
    await expectNoLeak(async () => {
      await expect(extractor.extract(spoiled)).rejects.toThrow(
        'randomFeatures.extract: image 1 must be without NaN, got "NaN at pixel [3,5]"',
      );
      return [];
    });
  });
});

describe('its weights', () => {
  const bytesOf = (channels: number, seed: number) => {
    const hash = createHash('sha256');
    for (const { data } of randomNetwork(channels, seed).weights.values()) {
      hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    }
    return hash.digest('hex');
  };

  it('are the same bytes as drawn in Python (test/fixtures/make-random-features.py)', () => {
    expect(bytesOf(3, 0)).toBe(metadata['weights']);
  });

  it('are others for another seed, which the id says', () => {
    expect(bytesOf(3, 1)).not.toBe(bytesOf(3, 0));
    expect(randomFeatures().id).toBe('random@v1-c3-s0');
    expect(randomFeatures({ channels: 1, seed: 4 }).id).toBe('random@v1-c1-s4');
  });
});

describe('its arguments', () => {
  it.each([
    [{ channels: 0 }, 'channels must be an integer of at least 1, got 0'],
    [{ seed: -1 }, 'seed must be an integer in [0, 2^53), got -1'],
    [{ batchSize: 0.5 }, 'batchSize must be an integer of at least 1, got 0.5'],
    [{ batchsize: 2 }, 'options has no key "batchsize"; did you mean "batchSize"?'],
  ])('refuses %j', (options, message) => {
    expect(() => randomFeatures(options as never)).toThrow(message);
  });

  it.each([
    ['7×8', [1, 7, 8, 3]],
    ['two channels', [1, 8, 8, 2]],
    ['rank 3', [8, 8, 3]],
  ])('refuses images of %s', async (_, shape) => {
    await expect(randomFeatures().extract(uniformImages('shape', shape))).rejects.toThrow(
      `images must be of shape [N,H,W,3] or [N,H,W,1] with H and W of at least 8, got an array of shape [${shape}]`,
    );
  });

  it('takes no images, and views', async () => {
    await selectBackend({ backend: 'wasm' });
    const extractor = randomFeatures();
    expect((await extractor.extract(uniformImages('none', [0, 8, 8, 3]))).shape).toEqual([0, 192]);
    const images = uniformImages('view', [4, 10, 10, 3]);
    const whole = await extractor.extract(images);
    const part = await extractor.extract(images.lo(2));
    expect(part.data).toBeAllClose(whole.data.subarray(2 * 192), { atol: 1e-6, rtol: 1e-6 });
  });
});

// Pictures of 16×16: a disk, a stripe pattern or a corner, of a class's own color and a place and shade of the image's own.
const SIDE = 16;
const CLASSES = 6;

function picture(rng: ReturnType<typeof createRng>, kind: number): Float32Array {
  const [a, b, shade, angle] = [rng.uniform(), rng.uniform(), rng.uniform(), rng.uniform()];
  const hue = [0, 1, 2].map((c) => Math.cos(2 * Math.PI * (kind / CLASSES + c / 3)) * 0.6);
  return Float32Array.from({ length: SIDE * SIDE * 3 }, (_, i) => {
    const [y, x, c] = [Math.floor(i / (3 * SIDE)), Math.floor(i / 3) % SIDE, i % 3];
    const [u, v] = [x - 4 - 8 * a, y - 4 - 8 * b];
    const inside =
      kind % 3 === 0
        ? u * u + v * v < 16
        : kind % 3 === 1
          ? Math.sin(x * Math.cos(angle) * 1.5 + y * Math.sin(angle) * 1.5) > 0
          : u > 0 && v > 0;
    return inside ? (hue[c] as number) : shade - 0.7;
  });
}

/** Pictures of the first `classes` classes in turn. */
function pictures(stream: string, count: number, classes = CLASSES): NdArray<Float32Array> {
  const data = new Float32Array(count * SIDE * SIDE * 3);
  const rng = createRng(1).split(stream);
  for (let i = 0; i < count; i++) data.set(picture(rng.split(i), i % classes), i * SIDE * SIDE * 3);
  return ndarray(data, [count, SIDE, SIDE, 3]);
}

function changed(
  images: NdArray<Float32Array>,
  value: (at: (dy: number, dx: number) => number, channel: number, i: number) => number,
): NdArray<Float32Array> {
  const inside = (k: number) => Math.min(SIDE - 1, Math.max(0, k));
  const data = images.data.map((_, i) => {
    const [n, y, x, c] = [
      Math.floor(i / (3 * SIDE * SIDE)),
      Math.floor(i / (3 * SIDE)) % SIDE,
      Math.floor(i / 3) % SIDE,
      i % 3,
    ];
    return value((dy, dx) => images.get(n, inside(y + dy), inside(x + dx), c), c, i);
  });
  return ndarray(data, [...images.shape]);
}

/** The mean of 3×3 pixels, again and again. */
function blurred(images: NdArray<Float32Array>, times: number): NdArray<Float32Array> {
  if (times === 0) return images;
  const once = changed(images, (at) => {
    let sum = 0;
    for (let dy = -1; dy <= 1; dy++) for (let dx = -1; dx <= 1; dx++) sum += at(dy, dx);
    return sum / 9;
  });
  return blurred(once, times - 1);
}

describe('FD-random of generated pictures', () => {
  const COUNT = 600;
  const extractor = randomFeatures();
  let real: Awaited<ReturnType<typeof imageStatistics>>;
  const distance = async (images: NdArray<Float32Array>) =>
    frechetResult(real, await imageStatistics(extractor, images)).value;
  let same: number;

  beforeAll(async () => {
    await selectBackend({ backend: 'wasm' });
    real = await imageStatistics(extractor, pictures('real', COUNT));
    same = await distance(pictures('others', COUNT));
  });

  it('is called by its name, never FID', () => {
    expect(frechetResult(real, real)).toMatchObject({
      metric: 'FD-random',
      extractor: 'random@v1-c3-s0',
      dimensions: 192,
    });
  });

  const noise = createRng(3).fillNormal(new Float32Array(COUNT * SIDE * SIDE * 3));
  it.each<
    [string, readonly number[], (images: NdArray<Float32Array>, amount: number) => NdArray<Float32Array>]
  >([
    ['blur', [1, 2, 4], blurred],
    [
      'noise',
      [0.1, 0.2, 0.4],
      (images, sigma) => changed(images, (at, _, i) => at(0, 0) + sigma * (noise[i] as number)),
    ],
    [
      'a shift of color',
      [0.1, 0.2, 0.4],
      (images, shift) => changed(images, (at, c) => at(0, 0) + (c === 0 ? shift : -shift / 2)),
    ],
    ['missing classes', [1, 2, 4], (_, missing) => pictures('others', COUNT, CLASSES - missing)],
  ])('grows with %s, and is small between two sets of one kind', async (_, amounts, change) => {
    const found = [same];
    for (const amount of amounts) found.push(await distance(change(pictures('others', COUNT), amount)));
    expect(found).toEqual([...found].sort((a, b) => a - b));
    expect(found[1]).toBeGreaterThan(1.5 * same);
    expect(found.at(-1)).toBeGreaterThan(5 * same);
  });
});
