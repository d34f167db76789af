import { type BatchSource, check, checkInteger, type Images, type Rng } from '@immiscible/core';
import ndarray from 'ndarray';
import type { Dataset } from './dataset.js';
import { epochs } from './epoch-order.js';
import { pixelValue } from './pixels.js';

export interface BatchesOptions {
  /** How many images a step gets, at most as many as there are. */
  readonly batchSize: number;
  /** Order and flips depend on the stream's identity only; nothing is drawn from it. */
  readonly rng: Rng;
  /**
   * Mirror each image left to right with probability ½, anew in each epoch.
   * @defaultValue false
   */
  readonly flip?: boolean;
  /**
   * Hand out labels, where there are any. A network without classes refuses them.
   * @defaultValue true
   */
  readonly labels?: boolean;
}

/**
 * Shuffled batches for training, for as many steps as are asked for.
 *
 * The images form one endless sequence, a fresh permutation of all of them per epoch, cut into batches:
 * step k has positions k·B … (k + 1)·B − 1. What is left of an epoch goes on in the next one's first batch, so no
 * image is dropped: after any number of steps, no image has been seen more than once more often than another. (So a
 * batch across the border of two epochs may hold an image twice.) The sequence doesn't depend on the batch size.
 *
 * @returns float32 images `v/127.5 − 1` in [−1, 1], and labels where there are any; new arrays at each call
 * @throws RangeError if `batchSize` is not an integer in [1, N], or if `flip` is asked of a data set that doesn't
 *   allow it
 */
export function batches(dataset: Dataset, options: BatchesOptions): BatchSource {
  const fn = 'batches';
  const { batchSize, rng, flip = false } = options;
  const { images } = dataset;
  const labels = options.labels === false ? undefined : dataset.labels;
  const [count = 0, height = 0, width = 0, channels = 0] = images.shape;
  checkInteger(fn, 'batchSize', batchSize, 1);
  check(batchSize <= count, fn, 'batchSize', `at most ${count}, the images of ${dataset.name}`, batchSize);
  check(
    !flip || dataset.allowsFlip,
    fn,
    'flip',
    `false for ${dataset.name}`,
    flip,
    'its images have a direction',
  );
  const epoch = epochs(count, rng, flip);
  const size = height * width * channels;
  const line = width * channels;

  const at = (step: number): Images => {
    checkInteger('BatchSource.at', 'step', step, 0);
    const x0 = new Float32Array(batchSize * size);
    const batchLabels = labels && new Int32Array(batchSize);
    for (let i = 0; i < batchSize; i++) {
      const position = step * batchSize + i;
      const e = Math.floor(position / count);
      const { order, flip: mirrored } = epoch(e);
      const image = order[position - e * count] as number;
      const from = image * size;
      const to = i * size;
      if (mirrored?.[position - e * count] === 1) {
        for (let p = 0; p < size; p++) {
          const x = Math.floor((p % line) / channels);
          const source = from + p + (width - 1 - 2 * x) * channels;
          x0[to + p] = pixelValue[images.data[source] as number] as number;
        }
      } else {
        for (let p = 0; p < size; p++) x0[to + p] = pixelValue[images.data[from + p] as number] as number;
      }
      if (labels && batchLabels) batchLabels[i] = labels[image] as number;
    }
    const result = ndarray(x0, [batchSize, height, width, channels]);
    return batchLabels ? { x0: result, labels: batchLabels } : { x0: result };
  };

  return Object.freeze({ batchSize, imageShape: [height, width, channels] as const, at });
}
