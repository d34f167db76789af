import { createRng } from '@immiscible/core';
import ndarray, { type NdArray } from 'ndarray';
import { describe, expect, it } from 'vitest';
import { row } from './gaussian-batch.js';

/** `FeatureExtractor` of `@immiscible/metrics-fid`, to a package that doesn't import it. */
export interface ExtractorUnderTest {
  /** `name@version`. */
  readonly id: string;
  /** D. */
  readonly dimensions: number;
  /** float32 `[N,H,W,C]` in [−1, 1] to float32 `[N,D]`. */
  extract(images: NdArray<Float32Array>): Promise<NdArray<Float32Array>>;
}

/** What {@link describeFeatureExtractor} tries an extractor on. */
export interface ExtractorTrial {
  /** `[H,W,C]` of images that it takes. */
  readonly imageShape: readonly [height: number, width: number, channels: number];
  /**
   * How far the features of an image may be from those of the same image in another batch, as a share of the largest.
   * @defaultValue 1e-5
   */
  readonly rtol?: number;
}

/**
 * The contract suite of feature extractors: as many features as are told, each row of its own image alone, the same each time.
 *
 * @param name - for the title
 * @param make - makes the extractor
 * @param trial - its images, and how much their company may matter
 */
export function describeFeatureExtractor(
  name: string,
  make: () => ExtractorUnderTest | Promise<ExtractorUnderTest>,
  { imageShape, rtol = 1e-5 }: ExtractorTrial,
): void {
  const size = imageShape.reduce((a, b) => a * b);
  const images = (count: number, from: number = 0) => {
    const data = createRng(3).fillUniform(new Float32Array((from + count) * size));
    return ndarray(data.map((u) => 2 * u - 1).subarray(from * size), [count, ...imageShape]);
  };

  describe(`${name} is a feature extractor`, () => {
    it('has a name with a version, and a number of dimensions', async () => {
      const { id, dimensions } = await make();
      expect(id).toMatch(/^[A-Za-z0-9][\w.-]*@[\w.+-]+$/);
      expect(Number.isInteger(dimensions) && dimensions > 0).toBe(true);
    });

    it.each([0, 1, 5])('gives %d images that many rows of finite features', async (count) => {
      const extractor = await make();
      const features = await extractor.extract(images(count));
      expect(features.shape).toEqual([count, extractor.dimensions]);
      expect(features.data).toBeInstanceOf(Float32Array);
      for (let i = 0; i < count; i++) expect(row(features, i).every(Number.isFinite)).toBe(true);
    });

    it('row i depends on image i alone', async () => {
      const extractor = await make();
      const together = await extractor.extract(images(5));
      for (const i of [0, 3]) {
        const alone = row(await extractor.extract(images(1, i)), 0);
        const largest = Math.max(...alone.map(Math.abs));
        row(together, i).forEach((value, d) => {
          expect(Math.abs(value - (alone[d] as number))).toBeLessThanOrEqual(rtol * largest);
        });
      }
    });

    it('tells images apart, gives the same twice, and changes no image', async () => {
      const extractor = await make();
      const given = images(2);
      const before = given.data.slice();
      const first = await extractor.extract(given);
      expect(row(first, 0)).not.toEqual(row(first, 1));
      expect(row(await extractor.extract(given), 1)).toEqual(row(first, 1));
      expect(given.data).toEqual(before);
    });
  });
}
