import { encodeSafetensors } from '@immiscible/formats';
import ndarray, { type NdArray } from 'ndarray';
import { describe, expect, it } from 'vitest';
import type { FeatureExtractor } from './feature-extractor.js';
import { frechetResult } from './frechet-result.js';
import { imageStatistics } from './image-statistics.js';
import { decodeStatistics, encodeStatistics } from './statistics-file.js';

/** The first two pixels of an image. */
const firstPixels: FeatureExtractor = {
  id: 'pixels@1',
  dimensions: 2,
  extract(images: NdArray<Float32Array>) {
    const [count, height, width] = images.shape as [number, number, number];
    const out = new Float32Array(2 * count);
    for (let i = 0; i < count; i++)
      out.set(images.data.subarray(i * height * width, i * height * width + 2), 2 * i);
    return Promise.resolve(ndarray(out, [count, 2]));
  },
};

/** 1×2 images of the given pixels. */
const images = (...pixels: number[]) => ndarray(Float32Array.from(pixels), [pixels.length / 2, 1, 2, 1]);

describe('imageStatistics', () => {
  it("gives the statistics of the extractor's features, with its id", async () => {
    expect(await imageStatistics(firstPixels, images(0, 1, 2, 3))).toEqual({
      n: 2,
      dimensions: 2,
      mean: Float64Array.of(1, 2),
      covariance: Float64Array.of(2, 2, 2, 2),
      extractor: 'pixels@1',
    });
  });

  it('takes images in parts', async () => {
    const whole = await imageStatistics(firstPixels, images(0, 1, 2, 3, 5, 7));
    expect(await imageStatistics(firstPixels, [images(0, 1, 2, 3), images(5, 7)])).toEqual(whole);
    async function* parts() {
      yield images(0, 1);
      yield await Promise.resolve(images(2, 3, 5, 7));
    }
    expect(await imageStatistics(firstPixels, parts())).toEqual(whole);
  });

  it('needs two images', async () => {
    await expect(imageStatistics(firstPixels, images(0, 1))).rejects.toThrow('at least 2');
    await expect(imageStatistics(firstPixels, [])).rejects.toThrow('at least 2');
  });
});

describe('frechetResult', () => {
  it('says what the number is: metric, n of both sets, dimensions, extractor', async () => {
    const a = await imageStatistics(firstPixels, images(0, 0, 2, 0, 0, 2, 2, 2));
    const b = await imageStatistics(firstPixels, images(3, 0, 5, 0, 3, 2, 5, 2, 4, 1));
    // Means (1, 1) and (4, 1); covariances 4/3 and 1 times the unit matrix.
    const { value, ...rest } = frechetResult(a, b);
    expect(value).toBeCloseTo(9 + 2 * (2 / Math.sqrt(3) - 1) ** 2, 13);
    expect(rest).toEqual({
      metric: 'FD-pixels',
      n: [4, 5],
      dimensions: 2,
      extractor: 'pixels@1',
      mode: null,
      warnings: [],
    });
  });

  it('warns of each set that has no more images than dimensions', async () => {
    const few = await imageStatistics(firstPixels, images(0, 0, 2, 1));
    const enough = await imageStatistics(firstPixels, images(0, 0, 2, 0, 0, 2));
    expect(frechetResult(few, enough).warnings).toEqual([
      '2 images give a singular covariance of 2 features: the distance is mostly bias',
    ]);
    expect(frechetResult(few, few).warnings).toHaveLength(2);
    expect(frechetResult(enough, enough).warnings).toEqual([]);
  });

  it('refuses statistics of different extractors', async () => {
    const a = await imageStatistics(firstPixels, images(0, 0, 2, 1));
    expect(() => frechetResult(a, { ...a, extractor: 'pixels@2' })).toThrow(
      'frechetResult: b.extractor must be "pixels@1" as that of a, got "pixels@2"',
    );
  });
});

describe('encodeStatistics, decodeStatistics', () => {
  it('keeps every bit', async () => {
    const { covariance, ...rest } = await imageStatistics(firstPixels, images(0.1, 1, 2, 3.3, 5, 7));
    const statistics = { ...rest, covariance: covariance.map((value) => value / 3) };
    expect(decodeStatistics(encodeStatistics(statistics))).toEqual(statistics);
  });

  it('refuses damaged files and others', async () => {
    const bytes = encodeStatistics(await imageStatistics(firstPixels, images(0, 1, 2, 3)));
    expect(() => decodeStatistics(bytes.subarray(0, bytes.length - 8))).toThrow('truncated');
    const mean = { dtype: 'F64', shape: [1], data: Float64Array.of(0) } as const;
    const covariance = { dtype: 'F64', shape: [1, 1], data: Float64Array.of(1) } as const;
    const file =
      (...args: Parameters<typeof encodeSafetensors>) =>
      () =>
        decodeStatistics(encodeSafetensors(...args));
    expect(file({})).toThrow('decodeStatistics: mean must be float64 of shape [D], got undefined');
    expect(file({ mean, covariance: mean })).toThrow('covariance must be float64 of shape [1,1]');
    expect(file({ mean, covariance }, { extractor: 'a@1' })).toThrow('n must be an integer of at least 2');
    expect(file({ mean, covariance }, { n: '1.5', extractor: 'a@1' })).toThrow(
      'n must be an integer of at least 2',
    );
    expect(file({ mean, covariance }, { n: '3' })).toThrow('extractor must be named');
  });
});
