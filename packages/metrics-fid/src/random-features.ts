import { check, checkInteger, checkOptions, type OptionKeys, rowMajor } from '@immiscible/core';
import ndarray, { type NdArray } from 'ndarray';
import { checkNumbers } from './check-numbers.js';
import { extractInBatches, type FeatureNetwork } from './extract-batches.js';
import type { FeatureExtractor } from './feature-extractor.js';
import { RANDOM_DIMENSIONS, RANDOM_SMALLEST, randomNetwork } from './random-network.js';

/** Options of {@link randomFeatures}. */
export interface RandomFeaturesOptions {
  /**
   * Numbers of a pixel. Images of one are taken as gray: the number stands for all of them.
   * @defaultValue 3
   */
  readonly channels?: number;
  /**
   * What the weights are drawn by. Distances of different seeds don't compare.
   * @defaultValue 0
   */
  readonly seed?: number;
  /**
   * Images per forward pass; changes no feature beyond rounding.
   * @defaultValue 256
   */
  readonly batchSize?: number;
}

/**
 * The extractor of `FD-random`: 192 features of a small convolutional network that was never trained. It saw no labels and no
 * pictures, so it favors what no classifier favors; no download, any number of channels, any size from 8×8 on.
 *
 * It is a second opinion beside a trained extractor, not one in its place: it sees colors, textures and edges up to about
 * 17 pixels, and nothing of what a picture shows. Means and deviations at four depths, see {@link randomNetwork}.
 *
 * Runs on the TF.js backend that is set; keeps no tensors between calls. Values are taken as they are, also outside [−1, 1].
 *
 * @param options - see {@link RandomFeaturesOptions}
 * @returns an extractor of float32 `[N,H,W,C]`, H and W at least 8
 * @throws RangeError if an option is out of range, or (from `extract`) images have another shape or hold NaN
 * @see Lee, Kim & Lee 2022, "Demystifying Randomly Initialized Networks for Evaluating Generative Models" (arXiv:2208.09218);
 *   Naeem et al. 2020, "Reliable Fidelity and Diversity Metrics", on random embeddings (arXiv:2002.09797)
 */
export function randomFeatures(options: RandomFeaturesOptions = {}): FeatureExtractor {
  const fn = 'randomFeatures';
  checkOptions(fn, options, {
    ...{ channels: true, seed: true, batchSize: true },
  } satisfies OptionKeys<RandomFeaturesOptions>);
  const { channels = 3, seed = 0, batchSize = 256 } = options;
  checkInteger(fn, 'channels', channels, 1);
  check(Number.isSafeInteger(seed) && seed >= 0, fn, 'seed', 'an integer in [0, 2^53)', seed);
  checkInteger(fn, 'batchSize', batchSize, 1);
  let network: FeatureNetwork | undefined;
  return Object.freeze({
    id: `random@v1-c${channels}-s${seed}`,
    dimensions: RANDOM_DIMENSIONS,
    async extract(images: NdArray<Float32Array>): Promise<NdArray<Float32Array>> {
      const data = checkImages(`${fn}.extract`, images, channels);
      network ??= randomNetwork(channels, seed);
      const [count = 0, height = 0, width = 0, given = 0] = images.shape;
      const stored = ndarray(data, [count, height, width, given]);
      return extractInBatches(network, stored, batchSize, (part) =>
        given === channels ? part : repeated(part, channels),
      );
    },
  });
}

/** The pixels, row-major. */
function checkImages(fn: string, images: NdArray<Float32Array>, channels: number): Float32Array {
  const data = rowMajor(fn, 'images', images);
  const [, height = 0, width = 0, given = 0] = images.shape;
  const fits = Math.min(height, width) >= RANDOM_SMALLEST && (given === channels || given === 1);
  check(
    images.shape.length === 4 && fits,
    fn,
    'images',
    `of shape [N,H,W,${channels}]${channels === 1 ? '' : ' or [N,H,W,1]'} with H and W of at least ${RANDOM_SMALLEST}`,
    images,
  );
  checkNumbers(fn, data, [height, width, given]);
  return data;
}

/** Gray images as images of more channels. */
function repeated({ data, shape }: NdArray<Float32Array>, channels: number): NdArray<Float32Array> {
  const out = new Float32Array(data.length * channels);
  for (let i = 0; i < out.length; i++) out[i] = data[Math.floor(i / channels)] as number;
  return ndarray(out, [...shape.slice(0, 3), channels]);
}
