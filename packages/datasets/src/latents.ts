import { check, type Images } from '@immiscible/core';
import ndarray, { type NdArray } from 'ndarray';
import { type SeededBatches, sequence, type SequenceOptions } from './sequence.js';

/** Latents of an autoencoder, or any images that are float32 already. */
export interface LatentDataset {
  readonly name: string;
  /** float32 `[N,H,W,C]`, contiguous. */
  readonly latents: NdArray<Float32Array>;
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

/**
 * Shuffled batches of latents, in the same order as `batches` would have for as many images.
 *
 * @throws RangeError if the latents are not contiguous `[N,H,W,C]`, there are not N labels, or `batchSize` is not in
 *   [1, N]
 */
export function latentBatches(dataset: LatentDataset, options: LatentBatchesOptions): SeededBatches {
  const fn = 'latentBatches';
  const { latents, labels, name } = dataset;
  const { batchSize, scale = 1 } = options;
  const [count = 0, height = 0, width = 0, channels = 0] = latents.shape;
  const contiguous =
    latents.offset === 0 && latents.data.length === latents.size && latents.stride.at(-1) === 1;
  check(
    latents.shape.length === 4 && contiguous,
    fn,
    'latents',
    'contiguous, of shape [N,H,W,C]',
    latents,
    'channelsLast turns [N,C,H,W] into that',
  );
  check(
    labels === undefined || labels.length === count,
    fn,
    'labels',
    `as many as there are latents (${count})`,
    labels?.length,
  );
  check(Number.isFinite(scale), fn, 'scale', 'finite', scale);
  const order = sequence(fn, name, count, options, false, 1);
  const size = height * width * channels;
  const at = (step: number): Images => {
    const x0 = new Float32Array(batchSize * size);
    const batchLabels = labels && new Int32Array(batchSize);
    order.each(step, (i, image) => {
      x0.set(latents.data.subarray(image * size, (image + 1) * size), i * size);
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
 * @throws RangeError if the array has not four dimensions
 */
export function channelsLast(array: NdArray): NdArray<Float32Array> {
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
