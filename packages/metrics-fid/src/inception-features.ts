import { check, checkInteger, checkNdArray, checkOptions, type OptionKeys, rowMajor } from '@immiscible/core';
import * as tf from '@tensorflow/tfjs-core';
import type { NdArray } from 'ndarray';
import ndarray from 'ndarray';
import type { FeatureExtractor } from './feature-extractor.js';
import {
  FEATURE_LAYERS,
  INCEPTION_CLASSES,
  INCEPTION_DIMENSIONS,
  INCEPTION_SIZE,
  type InceptionFeatureLayer,
} from './inception-layers.js';
import { type InceptionConvolution, inceptionNetwork } from './inception-network.js';
import { type ResizeMode, resizeImage } from './inception-resize.js';
import { INCEPTION_SHA256 } from './inception-sha256.js';
import { type CheckpointTensors, foldInception, type InceptionWeights } from './inception-weights.js';

/** Options of {@link inceptionFeatures}. */
export interface InceptionFeaturesOptions {
  /**
   * How images come to 299×299.
   * @defaultValue `'pytorch'`
   */
  readonly mode?: ResizeMode;
  /**
   * Which activations are the features. Only those of 2,048 make FID, and `'spatial'` sFID; the distance by another
   * layer is called `FD-inception2015-<layer>`.
   * @defaultValue 2048
   */
  readonly layer?: InceptionFeatureLayer;
  /**
   * Images per forward pass; changes no feature beyond rounding.
   * @defaultValue 16
   */
  readonly batchSize?: number;
  /**
   * Round pixels to whole numbers 0 … 255 first, as a picture file does. The published numbers are of files.
   * @defaultValue true
   */
  readonly quantize?: boolean;
}

/** The extractor of FID, with the classifier's outputs that the Inception Score takes. */
export interface InceptionExtractor extends FeatureExtractor {
  readonly mode: ResizeMode;
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
 * Images are float32 `[N,H,W,3]` or `[N,H,W,1]` (grey, taken three times) in [−1, 1]. They are resized on the host, so
 * that all backends see the same pixels. Runs on the TF.js backend that is set; keeps no tensors between calls.
 *
 * @param tensors - the checkpoint's, as `readTorchCheckpoint` (`@immiscible/metrics-fid/node`) or `decodeSafetensors`
 *   gives them
 * @param sha256 - of the bytes of the file that they came from, in hexadecimal, as the caller has computed it (never what
 *   the file says of itself). Only if it is that of the published checkpoint is the extractor called `inception2015`, and
 *   the distance FID; else it is `inception2015-other`
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
    (await extract(weights, images, [layer], options))[0] as NdArray<Float32Array>;
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
      return extract(weights, each(`${fn}.extractLayers`, images), layers, options);
    },
    async logits(features: NdArray<Float32Array>): Promise<NdArray<Float32Array>> {
      const { classifier } = weights;
      check(classifier !== undefined, `${fn}.logits`, 'the checkpoint', 'with fc.weight', 'none');
      const data = rowMajor(`${fn}.logits`, 'features', features);
      const [count = 0, d] = features.shape;
      const shape = `of shape [N,${INCEPTION_DIMENSIONS}]`;
      check(
        features.shape.length === 2 && d === INCEPTION_DIMENSIONS,
        `${fn}.logits`,
        'features',
        shape,
        features,
      );
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
    },
  });
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

async function extract(
  { convolutions }: InceptionWeights,
  images: readonly NdArray<Float32Array>[],
  layers: readonly InceptionFeatureLayer[],
  { mode, batchSize, quantize }: Required<InceptionFeaturesOptions>,
): Promise<NdArray<Float32Array>[]> {
  const count = images.length;
  const features = layers.map((layer) => {
    const d = FEATURE_LAYERS.get(layer) as number;
    return { d, data: new Float32Array(count * d) };
  });
  const tensors = new Map<string, InceptionConvolution>();
  let pixel = new Float32Array(0);
  try {
    for (const [name, { shape, kernel, bias }] of convolutions) {
      tensors.set(name, { kernel: tf.tensor4d(kernel, [...shape]), bias: tf.tensor1d(bias) });
    }
    for (let first = 0; first < count; first += batchSize) {
      const size = Math.min(batchSize, count - first);
      const one = INCEPTION_SIZE * INCEPTION_SIZE * 3;
      const input = new Float32Array(size * one);
      for (let n = 0; n < size; n++) {
        const { data, shape, offset } = images[first + n] as NdArray<Float32Array>;
        const [, height, width, channels] = shape as [number, number, number, number];
        const length = height * width * 3;
        if (pixel.length < length) pixel = new Float32Array(length);
        for (let i = 0; i < length; i++) {
          const at = channels === 3 ? i : Math.floor(i / 3);
          const value = Math.min(255, Math.max(0, ((data[offset + at] as number) + 1) * 127.5));
          pixel[i] = quantize ? Math.round(value) : value;
        }
        const image = pixel.subarray(0, length);
        resizeImage(image, height, width, 3, INCEPTION_SIZE, mode, input.subarray(n * one, (n + 1) * one));
      }
      // pytorch-fid maps 0 … 255 to [−1, 1]; the other two subtract 128 and divide by it, as TensorFlow's graph does.
      const [middle, half] = mode === 'pytorch' ? [127.5, 127.5] : [128, 128];
      for (let i = 0; i < input.length; i++) input[i] = ((input[i] as number) - middle) / half;
      const outputs = tf.tidy(() =>
        inceptionNetwork(tensors, tf.tensor4d(input, [size, INCEPTION_SIZE, INCEPTION_SIZE, 3]), layers),
      );
      try {
        for (const [i, { d, data }] of features.entries()) {
          data.set(await (outputs[i] as tf.Tensor2D).data(), first * d);
        }
      } finally {
        tf.dispose(outputs);
      }
    }
  } finally {
    for (const { kernel, bias } of tensors.values()) tf.dispose([kernel, bias]);
  }
  return features.map(({ d, data }) => ndarray(data, [count, d]));
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
  const bad = data.findIndex(Number.isNaN);
  const image = first + Math.floor(bad / (height * width * channels));
  check(bad < 0, fn, `image ${image}`, 'without NaN', 'NaN');
  return ndarray(data, [...images.shape]);
}
