import { check, checkInteger, checkNdArray, checkOptions, type OptionKeys, rowMajor } from '@immiscible/core';
import * as tf from '@tensorflow/tfjs-core';
import type { NdArray } from 'ndarray';
import ndarray from 'ndarray';
import { checkNumbers } from './check-numbers.js';
import type { FeatureExtractor } from './feature-extractor.js';
import {
  FEATURE_LAYERS,
  INCEPTION_CLASSES,
  INCEPTION_DIMENSIONS,
  type InceptionFeatureLayer,
} from './inception-layers.js';
import type { InceptionFeaturesOptions } from './inception-options.js';
import { inceptionPass } from './inception-pass.js';
import type { ResizeMode } from './inception-resize.js';
import { INCEPTION_SHA256 } from './inception-sha256.js';
import { type CheckpointTensors, foldInception, type InceptionWeights } from './inception-weights.js';

/** The extractor of FID, with the classifier's outputs that the Inception Score takes. */
export interface InceptionExtractor extends FeatureExtractor {
  /** How images come to 299×299. */
  readonly mode: ResizeMode;
  /** Which activations the features are. */
  readonly layer: InceptionFeatureLayer;
  /**
   * Features of several layers by one pass.
   *
   * @param images - float32 `[H,W,C]` each, in [−1, 1], any strides; borrowed
   * @returns float32 `[N,D]` for each layer
   */
  extractLayers(
    images: readonly NdArray<Float32Array>[],
    layers: readonly InceptionFeatureLayer[],
  ): Promise<NdArray<Float32Array>[]>;
  /** The same extractor's features of another layer, with the id that belongs to them. */
  atLayer(layer: InceptionFeatureLayer): InceptionExtractor;
  /** Features of images that differ in size, each resized from its own. */
  extractEach(images: readonly NdArray<Float32Array>[]): Promise<NdArray<Float32Array>>;
  /**
   * The 1,008 outputs before the softmax, without the classifier's bias, as the first Inception Score took them.
   *
   * @param features - float32 `[N,2048]` of this extractor; borrowed
   * @returns float32 `[N,1008]`
   * @throws RangeError if the weights came without `fc.weight`
   */
  logits(features: NdArray<Float32Array>): Promise<NdArray<Float32Array>>;
}

/**
 * The 2015 Inception network's 2,048 features, of which FID is made, from its published weights; or those of another
 * layer.
 *
 * Images are float32 `[N,H,W,3]` or `[N,H,W,1]` (gray, taken three times) in [−1, 1]. They are resized on the host, so
 * that all backends see the same pixels. Runs on the TF.js backend that is set; keeps no tensors between calls.
 *
 * @param tensors - the checkpoint's, as `readTorchCheckpoint` (`@immiscible/metrics-fid/node`) or `decodeSafetensors`
 *   gives them
 * @param sha256 - of the bytes of the file that they came from, in hexadecimal, as the caller has computed it (never what
 *   the file says of itself). Only if it is that of the published checkpoint is the extractor called `inception2015`, and
 *   the distance FID; else it is `inception2015-other`
 * @param options - resizing, layer and batch size
 * @throws RangeError if tensors are missing or of another shape, or (from `extract`) the images are
 */
export function inceptionFeatures(
  tensors: CheckpointTensors,
  sha256: string,
  options: InceptionFeaturesOptions = {},
): InceptionExtractor {
  const fn = 'inceptionFeatures';
  checkOptions(fn, options, {
    ...{ mode: true, layer: true, batchSize: true, quantize: true },
  } satisfies OptionKeys<InceptionFeaturesOptions>);
  const { mode = 'pytorch', layer = 2048, batchSize = 16, quantize = true } = options;
  checkInteger(fn, 'batchSize', batchSize, 1);
  check(
    ['pytorch', 'clean', 'legacy_tensorflow'].includes(mode),
    fn,
    'mode',
    'pytorch, clean or legacy_tensorflow',
    mode,
  );
  const layers = [...FEATURE_LAYERS.keys()];
  check(layers.includes(layer), fn, 'layer', `of ${layers.join(', ')}`, layer);
  check(/^[0-9a-f]{64}$/.test(sha256), fn, 'sha256', '64 hexadecimal digits', sha256);
  const weights = foldInception(fn, tensors);
  return ofLayer(weights, sha256, { mode, layer, batchSize, quantize });
}

function ofLayer(
  weights: InceptionWeights,
  sha256: string,
  options: Required<InceptionFeaturesOptions>,
): InceptionExtractor {
  const fn = 'inceptionFeatures';
  const { mode, layer, quantize } = options;
  const network = sha256 === INCEPTION_SHA256 ? 'inception2015' : 'inception2015-other';
  const name = layer === INCEPTION_DIMENSIONS ? network : `${network}-${layer}`;
  const alone = async (images: readonly NdArray<Float32Array>[]) =>
    (await inceptionPass(weights, images, [layer], options))[0] as NdArray<Float32Array>;
  return Object.freeze({
    id: `${name}@${sha256.slice(0, 12)}${mode === 'pytorch' ? '' : `+${mode}`}${quantize ? '' : '+float'}`,
    dimensions: FEATURE_LAYERS.get(layer) as number,
    mode,
    layer,
    atLayer: (other: InceptionFeatureLayer) => ofLayer(weights, sha256, { ...options, layer: other }),
    async extract(images: NdArray<Float32Array>): Promise<NdArray<Float32Array>> {
      return alone(rowsOf(checkImages(`${fn}.extract`, images)));
    },
    async extractEach(images: readonly NdArray<Float32Array>[]): Promise<NdArray<Float32Array>> {
      return alone(each(`${fn}.extractEach`, images));
    },
    async extractLayers(
      images: readonly NdArray<Float32Array>[],
      layers: readonly InceptionFeatureLayer[],
    ): Promise<NdArray<Float32Array>[]> {
      return inceptionPass(weights, each(`${fn}.extractLayers`, images), layers, options);
    },
    logits: (features: NdArray<Float32Array>) => logitsOf(weights, features),
  });
}

async function logitsOf(
  { classifier }: InceptionWeights,
  features: NdArray<Float32Array>,
): Promise<NdArray<Float32Array>> {
  const fn = 'inceptionFeatures.logits';
  check(classifier !== undefined, fn, 'the checkpoint', 'with fc.weight', 'none');
  const data = rowMajor(fn, 'features', features);
  const [count = 0, d] = features.shape;
  const shape = `of shape [N,${INCEPTION_DIMENSIONS}]`;
  check(features.shape.length === 2 && d === INCEPTION_DIMENSIONS, fn, 'features', shape, features);
  const output = tf.tidy(() =>
    tf.matMul(
      tf.tensor2d(data, [count, INCEPTION_DIMENSIONS]),
      tf.tensor2d(classifier as Float32Array, [INCEPTION_DIMENSIONS, INCEPTION_CLASSES]),
    ),
  );
  try {
    return ndarray(new Float32Array(await output.data()), [count, INCEPTION_CLASSES]);
  } finally {
    output.dispose();
  }
}

/** Images `[H,W,C]` as `[1,H,W,C]`, checked. */
function each(fn: string, images: readonly NdArray<Float32Array>[]): NdArray<Float32Array>[] {
  return images.map((image, i) => {
    checkNdArray(fn, `image ${i}`, image);
    return checkImages(fn, ndarray(image.data, [1, ...image.shape], [1, ...image.stride], image.offset), i);
  });
}

/** Views of each image, `[1,H,W,C]`. */
function rowsOf(images: NdArray<Float32Array>): NdArray<Float32Array>[] {
  const [count = 0, ...shape] = images.shape;
  const size = count === 0 ? 0 : images.size / count;
  return Array.from({ length: count }, (_, n) =>
    ndarray(images.data, [1, ...shape], undefined, images.offset + n * size),
  );
}

/** The images, contiguous. */
function checkImages(fn: string, images: NdArray<Float32Array>, first = 0): NdArray<Float32Array> {
  const data = rowMajor(fn, 'images', images);
  const [, height = 0, width = 0, channels = 0] = images.shape;
  check(
    images.shape.length === 4 && height >= 1 && width >= 1 && (channels === 3 || channels === 1),
    fn,
    'images',
    'of shape [N,H,W,3] or [N,H,W,1]',
    images,
  );
  checkNumbers(fn, data, [height, width, channels], first);
  return ndarray(data, [...images.shape]);
}
