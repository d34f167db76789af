import { check } from '@immiscible/core';
import ndarray, { type NdArray } from 'ndarray';

/** Images in memory, as they were stored: bytes, not floats. Frozen; its arrays are shared, so don't write to them. */
export interface Dataset {
  /** Short and stable, for reports: `"fashion-mnist-10k"`. */
  readonly name: string;
  /** uint8 `[N,H,W,C]` in 0…255, contiguous. */
  readonly images: NdArray<Uint8Array>;
  /** One class index per image, `[N]`. */
  readonly labels?: Int32Array;
  /** What each class index means. */
  readonly classNames?: readonly string[];
  /** Whether an image mirrored left to right could be one of this data set too. */
  readonly allowsFlip: boolean;
}

/**
 * Images that are read when they are wanted, e.g. from a packed file larger than memory. `batches` takes either kind.
 */
export interface ImageSource {
  readonly name: string;
  /** N. */
  readonly count: number;
  /** `[H,W,C]` of each image. */
  readonly imageShape: readonly [height: number, width: number, channels: number];
  readonly labels?: Int32Array;
  readonly classNames?: readonly string[];
  readonly allowsFlip: boolean;
  /** Copies the images of these indices, in this order, to `out`: H·W·C bytes each. */
  read(indices: Int32Array, out: Uint8Array): void | Promise<void>;
}

/**
 * Checks the parts of a data set against each other.
 *
 * @param fields - see {@link Dataset}; borrowed and shared, not copied
 * @returns the same fields, frozen
 * @throws RangeError if `images` is not contiguous `[N,H,W,C]` with N, H, W, C ≥ 1, if there are not N labels, or if
 *   a label has no class name
 */
export function createDataset(fields: Dataset): Dataset {
  const fn = 'createDataset';
  const { images, labels, classNames } = fields;
  const { shape, stride, offset, data } = images;
  check(shape.length === 4 && shape.every((size) => size >= 1), fn, 'images', 'of shape [N,H,W,C]', shape);
  const [count = 0, height = 0, width = 0, channels = 0] = shape;
  const rowMajor = [height * width * channels, width * channels, channels, 1];
  check(
    offset === 0 &&
      data.length === images.size &&
      shape.every((size, axis) => size === 1 || stride[axis] === rowMajor[axis]),
    fn,
    'images',
    'contiguous',
    `strides [${stride.join(',')}]`,
    'copy it into a new array',
  );
  if (labels !== undefined) {
    check(labels.length === count, fn, 'labels', `as many as there are images (${count})`, labels.length);
    const classes = classNames?.length ?? Infinity;
    for (let i = 0; i < count; i++) {
      const label = labels[i] as number;
      check(label >= 0 && label < classes, fn, `labels[${i}]`, `a class index in [0, ${classes})`, label);
    }
  }
  return Object.freeze({ ...fields });
}

/**
 * The images `start` … `end − 1` as a data set of their own, e.g. to hold some back from training.
 *
 * @param start - in [0, end)
 * @param end - in (start, N]
 * @returns a view: shares the images' memory
 * @throws RangeError unless 0 ≤ start < end ≤ N, integers
 */
export function subset(dataset: Dataset, start: number, end: number): Dataset {
  const { images, labels } = dataset;
  const count = images.shape[0] as number;
  checkImageRange('subset', start, end, count);
  const size = images.size / count;
  return Object.freeze({
    ...dataset,
    name: `${dataset.name}[${start}:${end}]`,
    images: ndarray(images.data.subarray(start * size, end * size), [end - start, ...images.shape.slice(1)]),
    ...(labels && { labels: labels.subarray(start, end) }),
  });
}

/** @throws RangeError unless 0 ≤ start < end ≤ count, integers */
export function checkImageRange(fn: string, start: number, end: number, count: number): void {
  check(
    Number.isInteger(start) && Number.isInteger(end) && start >= 0 && start < end && end <= count,
    fn,
    '[start, end)',
    `a range of the images 0 to ${count}`,
    `[${start}, ${end})`,
  );
}
