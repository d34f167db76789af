import type { NdArray } from 'ndarray';
import type { FeatureExtractor } from './feature-extractor.js';
import { type Statistics, statistics } from './statistics.js';

/** Statistics that know which extractor's features they are of. */
export interface ImageStatistics extends Statistics {
  /** The extractor's {@link FeatureExtractor.id}. */
  readonly extractor: string;
}

/** Images on the host, float32 `[N,H,W,C]` in [−1, 1], contiguous. */
type ImageArray = NdArray<Float32Array>;

/**
 * Mean and covariance of images' features.
 *
 * @param images - one array, or arrays in turn (an iterable or async iterable), so that they need never be in memory
 *   together; borrowed
 * @throws RangeError with fewer than 2 images in all, or if a feature isn't finite
 */
export async function imageStatistics(
  extractor: FeatureExtractor,
  images: ImageArray | Iterable<ImageArray> | AsyncIterable<ImageArray>,
): Promise<ImageStatistics> {
  const sums = statistics(extractor.dimensions);
  const parts = 'shape' in images ? [images] : images;
  for await (const part of parts) sums.update(await extractor.extract(part));
  return { ...sums.finish(), extractor: extractor.id };
}
