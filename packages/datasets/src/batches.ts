import {
  check,
  checkInteger,
  checkLabels,
  checkOptions,
  type Images,
  type OptionKeys,
} from '@immiscible/core';
import ndarray from 'ndarray';
import { type Dataset, imageBytes, type ImageSource } from './dataset.js';
import { type SeededBatches, sequence, SEQUENCE_OPTIONS, type SequenceOptions } from './sequence.js';
import { imageWriter } from './write-image.js';

/** Options of {@link batches}. */
export interface BatchesOptions extends SequenceOptions {
  /**
   * Mirror each image left to right with probability ½, anew in each epoch.
   * @defaultValue false
   */
  readonly flip?: boolean;
  /**
   * Cut a window of this size (a side, or height and width) out of each image, at a place drawn anew in each epoch.
   * @defaultValue the whole image
   */
  readonly crop?: number | readonly [height: number, width: number];
  /**
   * Hand out labels, where there are any. A network without classes refuses them.
   * @defaultValue true
   */
  readonly labels?: boolean;
  /**
   * Hand out the arrays of this many batches in turn instead of new ones, about twice as fast: new memory costs more than
   * filling it. A batch's images are then overwritten by the call this many calls later, so take at least one more than
   * are ever in use or read ahead.
   * @defaultValue 0: a new array each
   */
  readonly reuse?: number;
}

const KEYS = {
  ...SEQUENCE_OPTIONS,
  flip: true,
  crop: true,
  labels: true,
  reuse: true,
} satisfies OptionKeys<BatchesOptions>;

/** Batches of images in memory, which are there at once. */
export interface MemoryBatches extends SeededBatches {
  /** At once; `step` is an integer of at least 0. */
  at(step: number): Images;
}

/**
 * Shuffled batches for training, for as many steps as are asked for.
 *
 * The images form one endless sequence, a fresh permutation of all of them per epoch, cut into batches:
 * step k has positions k·B … (k + 1)·B − 1. What is left of an epoch goes on in the next one's first batch, so no
 * image is dropped: after any number of steps, no image has been seen more than once more often than another. (So a
 * batch across the border of two epochs may hold an image twice.) The sequence depends neither on the batch size nor
 * on the number of ranks.
 *
 * @returns float32 images `v/127.5 − 1` in [−1, 1], and labels where there are any; new arrays at each call, unless `reuse`
 *   is set
 * @throws RangeError if `batchSize` is not an integer in [1, N], if `rank` and `ranks` don't fit, if a crop is larger
 *   than the images, or if `flip` is asked of a data set that doesn't allow it
 */
export function batches(dataset: Dataset, options: BatchesOptions): MemoryBatches;
export function batches(dataset: Dataset | ImageSource, options: BatchesOptions): SeededBatches;
export function batches(dataset: Dataset | ImageSource, options: BatchesOptions): SeededBatches {
  const fn = 'batches';
  checkOptions(fn, options, KEYS);
  const { batchSize, flip = false, reuse = 0 } = options;
  checkInteger(fn, 'reuse', reuse, 0);
  const [count, height, width, channels] = sizes(dataset);
  const labels = options.labels === false ? undefined : dataset.labels;
  if (labels) checkLabels(fn, labels, count, dataset.classNames?.length);
  const [cropHeight, cropWidth] = cropSize(fn, options.crop, height, width);
  const corners = (height - cropHeight + 1) * (width - cropWidth + 1);
  const order = sequence(fn, dataset.name, count, options, flip, corners);
  check(
    !flip || dataset.allowsFlip,
    fn,
    'flip',
    `false for ${dataset.name}`,
    flip,
    'its images have a direction',
  );
  const stored = height * width * channels;
  const size = cropHeight * cropWidth * channels;
  const write = imageWriter({ height, width, channels, cropHeight, cropWidth });
  const room = arraysInTurn(batchSize * size, reuse);
  const finish = (x0: Float32Array, batchLabels: Int32Array | undefined): Images => {
    const images = ndarray(x0, [batchSize, cropHeight, cropWidth, channels]);
    return batchLabels ? { x0: images, labels: batchLabels } : { x0: images };
  };
  const fromMemory = (data: Uint8Array, step: number): Images => {
    const x0 = room();
    const batchLabels = labels && new Int32Array(batchSize);
    order.each(step, (i, image, mirrored, corner) => {
      write(data, image * stored, x0, i * size, mirrored, corner);
      if (labels && batchLabels) batchLabels[i] = labels[image] as number;
    });
    return finish(x0, batchLabels);
  };
  const fromSource = async (source: ImageSource, step: number): Promise<Images> => {
    const images = new Int32Array(batchSize);
    const bytes = new Uint8Array(batchSize * stored);
    order.each(step, (i, image) => (images[i] = image));
    await source.read(images, bytes);
    const x0 = room();
    order.each(step, (i, _, mirrored, corner) => write(bytes, i * stored, x0, i * size, mirrored, corner));
    return finish(x0, labels && images.map((image) => labels[image] as number));
  };

  const memory = 'images' in dataset ? imageBytes(fn, dataset.images) : undefined;
  return Object.freeze({
    batchSize,
    imageShape: [cropHeight, cropWidth, channels] as const,
    at: (step: number) => (memory ? fromMemory(memory, step) : fromSource(dataset as ImageSource, step)),
    position: order.position,
    stepAt: order.stepAt,
  });
}

/** Height and width of the window that is cut out. */
function cropSize(
  fn: string,
  crop: BatchesOptions['crop'],
  height: number,
  width: number,
): readonly [height: number, width: number] {
  const [cropHeight, cropWidth] = typeof crop === 'number' ? [crop, crop] : (crop ?? [height, width]);
  checkInteger(fn, 'crop', cropHeight, 1);
  checkInteger(fn, 'crop', cropWidth, 1);
  check(
    cropHeight <= height && cropWidth <= width,
    fn,
    'crop',
    `at most the images' ${height}×${width}`,
    `${cropHeight}×${cropWidth}`,
  );
  return [cropHeight, cropWidth];
}

/** Arrays of a length: a new one at each call, or `reuse` of them in turn. */
function arraysInTurn(length: number, reuse: number): () => Float32Array {
  const ring: Float32Array[] = [];
  let calls = 0;
  return () =>
    reuse === 0 ? new Float32Array(length) : (ring[calls++ % reuse] ??= new Float32Array(length));
}

function sizes(dataset: Dataset | ImageSource): [number, number, number, number] {
  if (!('images' in dataset)) return [dataset.count, ...dataset.imageShape];
  const [count = 0, height = 0, width = 0, channels = 0] = dataset.images.shape;
  return [count, height, width, channels];
}
