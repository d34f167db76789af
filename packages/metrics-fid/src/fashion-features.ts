import { check, checkInteger, checkOptions, type OptionKeys, rowMajor } from '@immiscible/core';
import * as tf from '@tensorflow/tfjs-core';
import type { NdArray } from 'ndarray';
import ndarray from 'ndarray';
import type { FeatureExtractor } from './feature-extractor.js';
import { FASHION_DIMENSIONS, FASHION_SHAPES, FASHION_SIZE, fashionNetwork } from './fashion-network.js';
import { FASHION_SHA256, type FashionWeights, loadFashionWeights } from './fashion-weights.js';
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
 * @throws RangeError (from `extract`) if the images have another shape or hold NaN, or the weights' file was changed
 */
export function fashionFeatures(options: FashionFeaturesOptions = {}): FeatureExtractor {
  checkOptions('fashionFeatures', options, {
    ...{ batchSize: true, weights: true },
  } satisfies OptionKeys<FashionFeaturesOptions>);
  const { batchSize = 256, weights } = options;
  checkInteger('fashionFeatures', 'batchSize', batchSize, 1);
  let loading: Promise<FashionWeights> | undefined;
  return Object.freeze({
    id: `fashion@${FASHION_SHA256.slice(0, 12)}`,
    dimensions: FASHION_DIMENSIONS,
    async extract(images: NdArray<Float32Array>): Promise<NdArray<Float32Array>> {
      const fn = 'fashionFeatures.extract';
      const data = checkImages(fn, images);
      loading ??= loadFashionWeights(fn, weights);
      return extract(await loading, data, images.shape, batchSize);
    },
  });
}

async function extract(
  weights: FashionWeights,
  images: Float32Array,
  shape: readonly number[],
  batchSize: number,
): Promise<NdArray<Float32Array>> {
  const [count, height, width] = shape as [number, number, number];
  const pixels = height * width;
  const features = new Float32Array(count * FASHION_DIMENSIONS);
  const tensors: Record<string, tf.Tensor> = {};
  try {
    for (const [name, values] of weights)
      tensors[name] = tf.tensor(values, [...(FASHION_SHAPES[name] as number[])]);
    for (let first = 0; first < count; first += batchSize) {
      const size = Math.min(batchSize, count - first);
      const clipped = images.slice(first * pixels, (first + size) * pixels);
      for (let i = 0; i < clipped.length; i++) clipped[i] = Math.min(1, Math.max(-1, clipped[i] as number));
      const input = enlarge(ndarray(clipped, [size, height, width, 1]), FASHION_SIZE, FASHION_SIZE);
      const output = tf.tidy(
        () =>
          fashionNetwork(tensors, tf.tensor4d(input.data, [size, FASHION_SIZE, FASHION_SIZE, 1])).features,
      );
      try {
        features.set(await output.data(), first * FASHION_DIMENSIONS);
      } finally {
        output.dispose();
      }
    }
  } finally {
    tf.dispose(tensors);
  }
  return ndarray(features, [count, FASHION_DIMENSIONS]);
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
  const pixels = height * width;
  const bad = data.findIndex(Number.isNaN);
  check(
    bad < 0,
    fn,
    `image ${Math.floor(bad / pixels)}`,
    'without NaN',
    `NaN at pixel [${Math.floor((bad % pixels) / width)},${bad % width}]`,
  );
  return data;
}
