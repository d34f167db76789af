import { check, checkInteger, checkOptions, type OptionKeys, rowMajor } from '@immiscible/core';
import type { NdArray } from 'ndarray';
import ndarray from 'ndarray';
import { checkNumbers } from './check-numbers.js';
import { extractInBatches, type FeatureNetwork } from './extract-batches.js';
import type { FeatureExtractor } from './feature-extractor.js';
import { FASHION_DIMENSIONS, FASHION_SIZE, fashionNetwork } from './fashion-network.js';
import { FASHION_SHA256, loadFashionWeights } from './fashion-weights.js';
import { enlarge } from './resize-bilinear.js';

/** Options of {@link fashionFeatures}. */
export interface FashionFeaturesOptions {
  /**
   * Images per forward pass; changes no feature beyond rounding.
   * @defaultValue 256
   */
  readonly batchSize?: number;
  /** The bytes of this package's `weights/fashion.safetensors`, where the file can't be read by itself (some bundles). */
  readonly weights?: Uint8Array;
}

/**
 * The extractor of `FD-fashion`: 64 features of a small classifier of Fashion-MNIST that is part of this package.
 *
 * Images are float32 `[N,H,W,1]` in [−1, 1], 1 ≤ H, W ≤ 28; what lies outside [−1, 1] is clipped, as in a picture
 * file. Smaller images than 28×28 are enlarged bilinearly (half-pixel centers, edges repeated), on the host, so that
 * all backends see the same. Over the 60,000 training images the features have mean 0 and a total variance of 100.
 *
 * Runs on the TF.js backend that is set; keeps no tensors between calls.
 *
 * @param options - batch size, and the weights where their file can't be read
 * @throws RangeError (from `extract`) if the images have another shape or hold NaN, or the weights' file was changed
 */
export function fashionFeatures(options: FashionFeaturesOptions = {}): FeatureExtractor {
  checkOptions('fashionFeatures', options, {
    ...{ batchSize: true, weights: true },
  } satisfies OptionKeys<FashionFeaturesOptions>);
  const { batchSize = 256, weights } = options;
  checkInteger('fashionFeatures', 'batchSize', batchSize, 1);
  let loading: Promise<FeatureNetwork['weights']> | undefined;
  return Object.freeze({
    id: `fashion@${FASHION_SHA256.slice(0, 12)}`,
    dimensions: FASHION_DIMENSIONS,
    async extract(images: NdArray<Float32Array>): Promise<NdArray<Float32Array>> {
      const fn = 'fashionFeatures.extract';
      const data = checkImages(fn, images);
      loading ??= loadFashionWeights(fn, weights);
      const network: FeatureNetwork = {
        dimensions: FASHION_DIMENSIONS,
        weights: await loading,
        apply: (tensors, batch) => fashionNetwork(tensors, batch).features,
      };
      return extractInBatches(network, ndarray(data, [...images.shape]), batchSize, prepared);
    },
  });
}

/** What lies outside [−1, 1] clipped, as a picture file would have it, and enlarged to the network's size. */
function prepared({ data, shape }: NdArray<Float32Array>): NdArray<Float32Array> {
  const clipped = data.map((value) => Math.min(1, Math.max(-1, value)));
  return enlarge(ndarray(clipped, shape), FASHION_SIZE, FASHION_SIZE);
}

/** The pixels, row-major. */
function checkImages(fn: string, images: NdArray<Float32Array>): Float32Array {
  const data = rowMajor(fn, 'images', images);
  const [, height = 0, width = 0, channels = 0] = images.shape;
  const small = (size: number) => size >= 1 && size <= FASHION_SIZE;
  check(
    images.shape.length === 4 && small(height) && small(width) && channels === 1,
    fn,
    'images',
    `of shape [N,H,W,1] with H and W from 1 to ${FASHION_SIZE}`,
    images,
    'make larger images smaller first, or take valueFeatures, which looks at pictures of any size and color',
  );
  checkNumbers(fn, data, [height, width, channels]);
  return data;
}
