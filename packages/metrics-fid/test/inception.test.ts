import '@tensorflow/tfjs';
import { readFileSync } from 'node:fs';
import { selectBackend } from '@immiscible/backend';
import { INCEPTION_SHA256, type InceptionFeatureLayer, inceptionFeatures } from '@immiscible/metrics-fid';
import { availableBackends, expectNoLeak } from '@immiscible/testing';
import ndarray, { type NdArray } from 'ndarray';
import { beforeAll, describe, expect, it } from 'vitest';
import { metricName } from '../src/frechet-result.js';
import { INCEPTION_LAYERS } from '../src/inception-layers.js';
import { resizeImage, type ResizeMode } from '../src/inception-resize.js';
import { fixtureTensors, testImage, uniform } from './inception-fixture.js';

const resized = JSON.parse(
  readFileSync(new URL('./fixtures/inception-resize.json', import.meta.url), 'utf8'),
) as { mode: ResizeMode; height: number; width: number; at: number[]; pixels: number[] }[];

describe('resizeImage', () => {
  it.each(resized)(
    "gives clean-fid's and torch-fidelity's pixels: $mode from $height×$width (test/fixtures/make-inception.py)",
    ({ mode, height, width, at, pixels }) => {
      const out = new Float32Array(299 * 299 * 3);
      resizeImage(testImage(9, height, width), height, width, 3, 299, mode, out);
      expect(at.map((i) => out[i] as number)).toBeAllClose(pixels, { atol: 2e-3, rtol: 0 });
    },
  );
});

const tensors = fixtureTensors();
// Features are the file's last 8 × 2048 float32.
const file = readFileSync(new URL('./fixtures/inception.npy', import.meta.url));
const expected = new Float32Array(file.buffer.slice(file.byteOffset + file.length - 8 * 2048 * 4));
const images = new Float32Array(8 * 32 * 32 * 3);
for (let i = 0; i < 8; i++) {
  images.set(
    testImage(i, 32, 32).map((value) => value / 127.5 - 1),
    i * 3072,
  );
}
const hash = '0'.repeat(64);

describe('inceptionFeatures', () => {
  let names: readonly string[] = [];
  beforeAll(async () => {
    names = await availableBackends(selectBackend);
    // The fastest there is; the backends' kernels are compared elsewhere.
    const backend = (['native', 'wasm', 'cpu'] as const).find((name) => names.includes(name));
    await selectBackend(backend ? { backend } : {});
  });

  it("gives the features of pytorch-fid's network within 1e-3 (test/fixtures/make-inception.py)", async () => {
    const found = await inceptionFeatures(tensors, hash).extract(ndarray(images, [8, 32, 32, 3]));
    expect(found.shape).toEqual([8, 2048]);
    expect(found.data).toBeAllClose(expected, { atol: 1e-4, rtol: 1e-3 });
    // The images differ by little more than that in some features: what differs between them must agree too.
    const centered = (data: Float32Array) =>
      data.map((value, at) => {
        let mean = 0;
        for (let i = 0; i < 8; i++) mean += (data[i * 2048 + (at % 2048)] as number) / 8;
        return value - mean;
      });
    expect(centered(found.data)).toBeAllClose(centered(expected), { atol: 1e-4, rtol: 0 });
  }, 120_000);

  it("gives pytorch-fid's inner layers and sFID's features within 1e-3 (test/fixtures/make-inception.py)", async () => {
    const extractor = inceptionFeatures(tensors, hash);
    const [first, second] = [0, 1].map((i) =>
      ndarray(images.slice(i * 3072, (i + 1) * 3072), [32, 32, 3]),
    ) as [NdArray<Float32Array>, NdArray<Float32Array>];
    const names = [2048, 'spatial', 64, 768, 192] as const;
    const found = await extractor.extractLayers([first, second], names);
    const file = readFileSync(new URL('./fixtures/inception-layers.npy', import.meta.url));
    const all = new Float32Array(file.buffer.slice(file.byteOffset + file.length - 2 * 3047 * 4));
    const columns = { 64: [0, 64], 192: [64, 256], 768: [256, 1024], spatial: [1024, 3047] } as const;
    for (const [i, layer] of names.entries()) {
      const { data, shape } = found[i] as NdArray<Float32Array>;
      const [from, to] = layer === 2048 ? [0, 2048] : columns[layer];
      expect(shape).toEqual([2, to - from]);
      for (const row of [0, 1]) {
        const reference = layer === 2048 ? expected : all;
        const start = row * (layer === 2048 ? 2048 : 3047);
        expect(data.subarray(row * (to - from), (row + 1) * (to - from))).toBeAllClose(
          reference.subarray(start + from, start + to),
          { atol: 1e-4, rtol: 1e-3 },
        );
      }
    }
    for (const layer of [64, 'spatial'] as const) {
      const alone = extractor.atLayer(layer);
      const { data } = await alone.extract(ndarray(first.data, [1, 32, 32, 3]));
      const [from, to] = columns[layer];
      expect([alone.dimensions, data.length]).toEqual([to - from, to - from]);
      expect(data).toBeAllClose(all.subarray(from, to), { atol: 1e-4, rtol: 1e-3 });
    }
  }, 120_000);

  it('calls only the distance by 2,048 features FID, by those of mixed_6 sFID, and others by their layer', () => {
    const metric = (sha: string, layer: InceptionFeatureLayer) =>
      metricName(inceptionFeatures(tensors, sha, { layer, mode: 'clean' }).id);
    expect(
      ([2048, 'spatial', 64, 192, 768] as const).map((layer) => metric(INCEPTION_SHA256, layer)),
    ).toEqual([...['FID', 'sFID', 'FD-inception2015-64', 'FD-inception2015-192', 'FD-inception2015-768']]);
    expect(metric(hash, 'spatial')).toBe('FD-inception2015-other-spatial');
    expect(() => inceptionFeatures(tensors, hash, { layer: 2023 as 64 })).toThrow(
      'layer must be of 64, 192, 768, 2048, spatial, got 2023',
    );
  });

  it('takes images of different sizes, as each by itself', async () => {
    const extractor = inceptionFeatures(tensors, hash, { batchSize: 3 });
    const [small, large] = [20, 32].map((width, i) =>
      ndarray(
        testImage(i, 24, width).map((value) => value / 127.5 - 1),
        [24, width, 3],
      ),
    ) as [NdArray<Float32Array>, NdArray<Float32Array>];
    const both = await extractor.extractEach([small, large, small]);
    for (const [row, image] of [large, small].entries()) {
      const alone = await extractor.extract(ndarray(image.data, [1, ...image.shape]));
      expect(both.data.subarray((row + 1) * 2048, (row + 2) * 2048)).toBeAllClose(alone.data, {
        atol: 1e-5,
        rtol: 1e-4,
      });
    }
    const nan = ndarray(new Float32Array(12).fill(NaN), [2, 2, 3]);
    await expect(extractor.extractEach([small, nan])).rejects.toThrow('image 1 must be without NaN');
  });

  it('leaves no tensors behind', async () => {
    const extractor = inceptionFeatures(tensors, hash, { batchSize: 1 });
    await expectNoLeak(async () => {
      await extractor.extractLayers([ndarray(images.slice(0, 3072), [32, 32, 3])], ['spatial', 192, 2048]);
      return [];
    });
  }, 120_000);

  it('names the network by the published weights only, and the mode of resizing with it', () => {
    expect(inceptionFeatures(tensors, hash).id).toBe('inception2015-other@000000000000');
    const published = INCEPTION_SHA256;
    expect(inceptionFeatures(tensors, published, { mode: 'clean' }).id).toBe(
      'inception2015@6726825d0af5+clean',
    );
  });

  it('refuses a checkpoint that lacks a tensor or has one of another shape', () => {
    const without = new Map(tensors);
    without.delete('Mixed_7c.branch_pool.bn.bias');
    expect(() => inceptionFeatures(without, hash)).toThrow(
      'tensor Mixed_7c.branch_pool.bn.bias must be float32 of shape [192], got "none"',
    );
    const other = new Map(tensors).set('Conv2d_1a_3x3.conv.weight', {
      shape: [32, 3, 3],
      data: new Float32Array(288),
    });
    expect(() => inceptionFeatures(other, hash)).toThrow(
      'must be float32 of shape [32,3,3,3], got "[32,3,3]"',
    );
  });

  it('refuses images of two channels, and NaN', async () => {
    const extractor = inceptionFeatures(tensors, hash);
    await expect(extractor.extract(ndarray(new Float32Array(8), [1, 2, 2, 2]))).rejects.toThrow(
      'of shape [N,H,W,3] or [N,H,W,1]',
    );
    const spoiled = ndarray(new Float32Array(12).fill(NaN, 5, 6), [1, 2, 2, 3]);
    await expect(extractor.extract(spoiled)).rejects.toThrow('image 0 must be without NaN');
  });

  it('gives logits without a bias: features times fc.weight, leaving no tensors', async () => {
    const weight = Float32Array.from(uniform(3, 1008 * 2048), (x) => x - 0.5);
    const extractor = inceptionFeatures(
      new Map(tensors).set('fc.weight', { shape: [1008, 2048], data: weight }),
      hash,
    );
    const features = Float32Array.from(uniform(4, 2 * 2048));
    await expectNoLeak(async () => {
      const { shape, data } = await extractor.logits(ndarray(features, [2, 2048]));
      expect(shape).toEqual([2, 1008]);
      const at = [0, 1007, 1008, 1500];
      const expected = at.map((i) => {
        const [row, column] = [Math.floor(i / 1008), i % 1008];
        let sum = 0;
        for (let k = 0; k < 2048; k++) {
          sum += (features[row * 2048 + k] as number) * (weight[column * 2048 + k] as number);
        }
        return sum;
      });
      expect(at.map((i) => data[i] as number)).toBeAllClose(expected, { atol: 1e-3, rtol: 1e-4 });
      return [];
    });
    await expect(inceptionFeatures(tensors, hash).logits(ndarray(features, [2, 2048]))).rejects.toThrow(
      'the checkpoint must be with fc.weight',
    );
  });

  it('has 94 convolutions', () => {
    expect(INCEPTION_LAYERS.size).toBe(94);
  });
});
