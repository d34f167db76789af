import {
  batches,
  type BatchesOptions,
  type Dataset,
  type SeededBatches,
  toImages,
} from '@immiscible/datasets';
import type { NdArray } from 'ndarray';

/** Real images, as an experiment uses them: pictures, or latents of pictures. */
export interface ImageData {
  readonly name: string;
  /** N, H, W, C. */
  readonly shape: readonly [count: number, height: number, width: number, channels: number];
  /** How many classes its labels tell apart; 0 without labels. */
  readonly classes: number;
  /** Whether all values lie in [−1, 1], as those of pictures do; samples of such data are clipped. */
  readonly bounded: boolean;
  /** Factor that the values of the file have been multiplied by; 1 for pictures, whose 0 … 255 become [−1, 1]. */
  readonly scale: number;
  /** Those of training. */
  batches(options: Pick<BatchesOptions, 'batchSize' | 'rng' | 'flip'>): SeededBatches;
  /** Images `start` … `end − 1`, float32 `[n,H,W,C]`. */
  images(start: number, end: number): NdArray<Float32Array>;
}

/** One more than the largest label. */
export function classesOf(labels: Int32Array | undefined): number {
  return labels ? labels.reduce((most, label) => Math.max(most, label), -1) + 1 : 0;
}

/** The pictures of a data set as what training, references and grids read. */
export function pictureData(dataset: Dataset): ImageData {
  const [count = 0, height = 0, width = 0, channels = 0] = dataset.images.shape;
  return {
    name: dataset.name,
    shape: [count, height, width, channels],
    classes: dataset.classNames?.length ?? classesOf(dataset.labels),
    bounded: true,
    scale: 1,
    batches: (options) => batches(dataset, options),
    images: (start, end) => toImages(dataset, start, end).x0,
  };
}
