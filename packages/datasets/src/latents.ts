import {
  check,
  checkLabels,
  checkNdArray,
  checkOptions,
  type Images,
  type OptionKeys,
  rowMajor,
} from '@immiscible/core';
import ndarray, { type NdArray } from 'ndarray';
import { type SeededBatches, sequence, SEQUENCE_OPTIONS, type SequenceOptions } from './sequence.js';

/** Latents of an autoencoder, or any images that are float32 already. */
export interface LatentDataset {
  /** Short and stable, for reports. */
  readonly name: string;
  /** float32 `[N,H,W,C]`. */
  readonly latents: NdArray<Float32Array>;
  /** One class index per image, `[N]`; −1 for an image that has no class. */
  readonly labels?: Int32Array;
}

/** @see {@link latentBatches} */
export interface LatentBatchesOptions extends SequenceOptions {
  /**
   * Factor on each value, e.g. 0.18215 for Stable Diffusion's first autoencoder.
   * @defaultValue 1
   */
  readonly scale?: number;
}

const KEYS = { ...SEQUENCE_OPTIONS, scale: true } satisfies OptionKeys<LatentBatchesOptions>;
const FIELDS = { name: true, latents: true, labels: true } satisfies OptionKeys<LatentDataset>;

/**
 * Shuffled batches of latents, in the same order as `batches` would have for as many images.
 *
 * @param dataset - latents as they are, with labels where there are any; borrowed
 * @param options - batch size, randomness and scale
 * @throws TypeError if the latents are not an NdArray of float32
 * @throws RangeError if they are not `[N,H,W,C]`, there are not N labels, or `batchSize` is not in [1, N]
 */
export function latentBatches(dataset: LatentDataset, options: LatentBatchesOptions): SeededBatches {
  const fn = 'latentBatches';
  checkOptions(fn, dataset, FIELDS, 'dataset');
  checkOptions(fn, options, KEYS);
  const { latents, labels, name } = dataset;
  const { batchSize, scale = 1 } = options;
  const data: unknown = rowMajor(fn, 'latents', latents);
  const [count = 0, height = 0, width = 0, channels = 0] = latents.shape;
  check(
    latents.shape.length === 4,
    fn,
    'latents',
    'of shape [N,H,W,C]',
    latents,
    'channelsLast turns [N,C,H,W] into that',
  );
  if (!(data instanceof Float32Array)) {
    throw new TypeError(
      `${fn}: latents must be float32, got a ${(data as object).constructor.name}; Float32Array.from makes them so`,
    );
  }
  if (labels !== undefined) checkLabels(fn, labels, count);
  check(Number.isFinite(scale), fn, 'scale', 'finite', scale);
  const order = sequence(fn, name, count, options, false, 1);
  const size = height * width * channels;
  const at = (step: number): Images => {
    const x0 = new Float32Array(batchSize * size);
    const batchLabels = labels && new Int32Array(batchSize);
    order.each(step, (i, image) => {
      x0.set(data.subarray(image * size, (image + 1) * size), i * size);
      if (labels && batchLabels) batchLabels[i] = labels[image] as number;
    });
    if (scale !== 1) for (let p = 0; p < x0.length; p++) x0[p]! *= scale;
    const images = ndarray(x0, [batchSize, height, width, channels]);
    return batchLabels ? { x0: images, labels: batchLabels } : { x0: images };
  };
  return Object.freeze({
    batchSize,
    imageShape: [height, width, channels] as const,
    at,
    position: order.position,
    stepAt: order.stepAt,
  });
}

/**
 * `[N,C,H,W]`, PyTorch's order, as `[N,H,W,C]`; a new array, contiguous, float32.
 *
 * @param array - any numbers `[N,C,H,W]`, any strides; borrowed
 * @throws RangeError if the array has not four dimensions
 */
export function channelsLast(array: NdArray): NdArray<Float32Array> {
  checkNdArray('channelsLast', 'array', array);
  check(array.shape.length === 4, 'channelsLast', 'array', 'of shape [N,C,H,W]', array);
  const [count = 0, channels = 0, height = 0, width = 0] = array.shape;
  const out = new Float32Array(array.size);
  let next = 0;
  for (let n = 0; n < count; n++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        for (let c = 0; c < channels; c++) out[next++] = Number(array.get(n, c, y, x));
      }
    }
  }
  return ndarray(out, [count, height, width, channels]);
}
