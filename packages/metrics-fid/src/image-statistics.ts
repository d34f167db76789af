import { rowMajor } from '@immiscible/core';
import ndarray, { type NdArray } from 'ndarray';
import type { FeatureExtractor } from './feature-extractor.js';
import { type Statistics, statistics } from './statistics.js';

/** Statistics that know which extractor's features they are of. */
export interface ImageStatistics extends Statistics {
  /** The extractor's {@link FeatureExtractor.id}. */
  readonly extractor: string;
}

/** Images on the host, float32 `[N,H,W,C]` in [−1, 1], any strides. */
type ImageArray = NdArray<Float32Array>;

/**
 * Mean and covariance of images' features.
 *
 * @param extractor - what the features are by
 * @param images - one array, or arrays in turn (an iterable or async iterable), so that they need never be in memory
 *   together; borrowed
 * @throws TypeError if images are no `NdArray`
 * @throws RangeError with fewer than 2 images in all, or if a feature isn't finite
 */
export async function imageStatistics(
  extractor: FeatureExtractor,
  images: ImageArray | Iterable<ImageArray> | AsyncIterable<ImageArray>,
): Promise<ImageStatistics> {
  const sums = statistics(extractor.dimensions);
  const parts = isStream(images) ? images : [images];
  for await (const part of parts) {
    // Extractors are promised contiguous images.
    const data = rowMajor('imageStatistics', 'images', part);
    sums.update(await extractor.extract(ndarray(data, [...part.shape])));
  }
  return { ...sums.finish(), extractor: extractor.id };
}

function isStream(
  images: ImageArray | Iterable<ImageArray> | AsyncIterable<ImageArray>,
): images is Iterable<ImageArray> | AsyncIterable<ImageArray> {
  if (typeof images !== 'object' || images === null || ArrayBuffer.isView(images)) return false;
  return Symbol.iterator in images || Symbol.asyncIterator in images;
}
