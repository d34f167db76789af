import '@tensorflow/tfjs';
import { readFileSync } from 'node:fs';
import { selectBackend } from '@immiscible/backend';
import { decodeSafetensors } from '@immiscible/formats';
import { fashionFeatures } from '@immiscible/metrics-fid';
import { availableBackends, expectNoLeak } from '@immiscible/testing';
import * as tf from '@tensorflow/tfjs-core';
import ndarray, { type NdArray } from 'ndarray';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FASHION_SHAPES, fashionNetwork } from '../src/fashion-network.js';

const { tensors: fixture } = decodeSafetensors(
  readFileSync(new URL('./fixtures/features.safetensors', import.meta.url)),
);
const weightsFile = new Uint8Array(readFileSync(new URL('../weights/fashion.safetensors', import.meta.url)));
const weights = decodeSafetensors(weightsFile);

const pixels = fixture['images']?.data as Uint8Array;
const images = ndarray(
  Float32Array.from(pixels, (byte) => byte / 127.5 - 1),
  [80, 28, 28, 1],
);
const small = ndarray(new Float32Array(80 * 14 * 14), [80, 14, 14, 1]);
for (let n = 0; n < 80; n++) {
  for (let y = 0; y < 28; y++) {
    for (let x = 0; x < 28; x++) {
      const at = [n, y >> 1, x >> 1, 0] as const;
      small.set(...at, small.get(...at) + images.get(n, y, x, 0) / 4);
    }
  }
}
const first = (array: NdArray<Float32Array>, count: number) => array.hi(count);
const expected = (name: string, count: number) =>
  (fixture[name]?.data as Float32Array).subarray(0, count * 64);

describe.each(await availableBackends(selectBackend))('fashionFeatures on %s', (backend) => {
  const count = backend === 'cpu' ? 4 : 80;
  beforeEach(async () => void (await selectBackend({ backend })));

  it("gives numpy's features (test/fixtures/make-features.py)", async () => {
    const found = await fashionFeatures().extract(first(images, count));
    expect(found.shape).toEqual([count, 64]);
    expect(found.data).toBeAllClose(expected('features', count), { atol: 1e-4, rtol: 1e-4 });
  });

  it("enlarges 14×14 as scipy's zoom does", async () => {
    const found = await fashionFeatures({ batchSize: 32 }).extract(first(small, count));
    expect(found.data).toBeAllClose(expected('smallFeatures', count), { atol: 1e-4, rtol: 1e-4 });
  });

  it('leaves no tensors behind, nor after an error', async () => {
    const extractor = fashionFeatures({ batchSize: 3 });
    await expectNoLeak(async () => {
      await extractor.extract(first(images, 4));
      return [];
    });
    const spoiled = ndarray(images.data.slice(0, 784), [1, 28, 28, 1]);
    spoiled.set(0, 3, 5, 0, NaN);
    await expectNoLeak(async () => {
      await expect(extractor.extract(spoiled)).rejects.toThrow('NaN');
      return [];
    });
  });
});

describe('fashionFeatures', () => {
  it('classifies the first 80 test images as its record says, to within four standard deviations', () => {
    const logits = fixture['logits']?.data as Float32Array;
    const right = (fixture['labels']?.data as Uint8Array).filter((label, i) => {
      const row = logits.subarray(10 * i, 10 * i + 10);
      return row.indexOf(Math.max(...row)) === label;
    }).length;
    const accuracy = Number(weights.metadata['testAccuracy']);
    expect(accuracy).toBeGreaterThan(0.91);
    expect(Math.abs(right / 80 - accuracy)).toBeLessThan(4 * Math.sqrt((accuracy * (1 - accuracy)) / 80));
  });

  it('computes its logits from the features alone, on the network that the weights are of', async () => {
    await selectBackend({ backend: 'wasm' });
    const logits = tf.tidy(() => {
      const params = Object.fromEntries(
        Object.entries(weights.tensors).map(([name, { data, shape }]) => [
          name,
          tf.tensor(data as Float32Array, [...shape]),
        ]),
      );
      return fashionNetwork(params, tf.tensor4d(images.data, [80, 28, 28, 1])).logits.dataSync();
    });
    expect(logits).toBeAllClose(fixture['logits']?.data as Float32Array, { atol: 1e-4, rtol: 1e-4 });
    expect(
      Object.fromEntries(Object.entries(weights.tensors).map(([name, { shape }]) => [name, shape])),
    ).toEqual(FASHION_SHAPES);
  });
});

describe('fashionFeatures, its arguments', () => {
  beforeEach(async () => void (await selectBackend({ backend: 'wasm' })));

  it('clips to [−1, 1]', async () => {
    const loud = ndarray(
      images.data.slice(0, 784).map((value) => 3 * value),
      [1, 28, 28, 1],
    );
    const clipped = ndarray(
      loud.data.map((value) => Math.min(1, Math.max(-1, value))),
      [1, 28, 28, 1],
    );
    const before = loud.data.slice();
    const extractor = fashionFeatures();
    expect((await extractor.extract(loud)).data).toEqual((await extractor.extract(clipped)).data);
    expect(loud.data).toEqual(before);
  });

  it('starts where the array starts, and takes no images too', async () => {
    const extractor = fashionFeatures();
    const found = await extractor.extract(images.lo(2).hi(2));
    expect(found.data).toBeAllClose((fixture['features']?.data as Float32Array).slice(128, 256), {
      atol: 1e-4,
      rtol: 1e-4,
    });
    expect((await extractor.extract(ndarray(new Float32Array(0), [0, 28, 28, 1]))).shape).toEqual([0, 64]);
  });

  it('names its weights in its id', () => {
    expect(fashionFeatures().id).toMatch(/^fashion@[0-9a-f]{12}$/);
    expect(fashionFeatures().dimensions).toBe(64);
  });

  it.each([
    [
      'three channels',
      [1, 28, 28, 3],
      'images must be of shape [N,H,W,1] with H and W from 1 to 28, got an array of shape [1,28,28,3]',
    ],
    ['rank 3', [1, 28, 28], 'of shape [N,H,W,1]'],
    ['32×32', [1, 32, 32, 1], 'make larger images smaller first, or take valueFeatures'],
  ])('refuses %s', async (_, shape, message) => {
    const array = ndarray(new Float32Array(shape.reduce((a, b) => a * b, 1)), shape);
    await expect(fashionFeatures().extract(array)).rejects.toThrow(message);
  });

  it('names the image and pixel that is NaN', async () => {
    const spoiled = ndarray(images.data.slice(0, 3 * 784), [3, 28, 28, 1]);
    spoiled.set(2, 3, 5, 0, NaN);
    await expect(fashionFeatures().extract(spoiled)).rejects.toThrow(
      'fashionFeatures.extract: image 2 must be without NaN, got "NaN at pixel [3,5]"',
    );
  });

  it('refuses a batch size that is no positive integer', () => {
    expect(() => fashionFeatures({ batchSize: 0 })).toThrow(
      'batchSize must be an integer of at least 1, got 0',
    );
  });
});

describe('fashionFeatures, its weights', () => {
  afterEach(async () => void (await selectBackend({ backend: 'wasm' })));

  it('may be given as bytes', async () => {
    const found = await fashionFeatures({ weights: weightsFile }).extract(first(images, 2));
    expect(found.data).toBeAllClose(expected('features', 2), { atol: 1e-4, rtol: 1e-4 });
  });

  it('are refused if a bit differs, or the end is missing', async () => {
    const changed = weightsFile.slice();
    changed[5000] = (changed[5000] as number) ^ 1;
    await expect(fashionFeatures({ weights: changed }).extract(first(images, 2))).rejects.toThrow(
      /the weights must have the SHA-256 [0-9a-f]{64}, got [0-9a-f]{64} of 526\d{3} bytes; install @immiscible\/metrics-fid again/,
    );
    const cut = weightsFile.subarray(0, 1000);
    await expect(fashionFeatures({ weights: cut }).extract(first(images, 2))).rejects.toThrow(
      'of 1000 bytes',
    );
  });
});
