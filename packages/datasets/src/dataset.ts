import { check, checkLabels, checkOptions, type Elements, type OptionKeys, rowMajor } from '@immiscible/core';
import ndarray, { type NdArray } from 'ndarray';

/** Images in memory, as they were stored: bytes, not floats. Frozen; its arrays are shared, so don't write to them. */
export interface Dataset {
  /** Short and stable, for reports: `"fashion-mnist-10k"`. */
  readonly name: string;
  /** uint8 `[N,H,W,C]` in 0…255, contiguous. */
  readonly images: NdArray<Uint8Array>;
  /** One class index per image, `[N]`; −1 for an image that has no class. */
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
  /** Short and stable, for reports. */
  readonly name: string;
  /** N. */
  readonly count: number;
  /** `[H,W,C]` of each image. */
  readonly imageShape: readonly [height: number, width: number, channels: number];
  /** One class index per image, `[N]`; −1 for an image that has no class. */
  readonly labels?: Int32Array;
  /** What each class index means. */
  readonly classNames?: readonly string[];
  /** Whether an image mirrored left to right could be one of this data set too. */
  readonly allowsFlip: boolean;
  /** Copies the images of these indices, in this order, to `out`: H·W·C bytes each. */
  read(indices: Int32Array, out: Uint8Array): void | Promise<void>;
}

const FIELDS = {
  name: true,
  images: true,
  labels: true,
  classNames: true,
  allowsFlip: true,
} satisfies OptionKeys<Dataset>;

/**
 * Checks the parts of a data set against each other.
 *
 * @param fields - see {@link Dataset}; borrowed and shared; images whose strides aren't row-major are copied
 * @returns the same fields, frozen
 * @throws TypeError if `images` are not an NdArray of bytes
 * @throws RangeError if `images` is not `[N,H,W,C]` with N, H, W, C ≥ 1, or if there are not N labels, each of a class that has a
 *   name (where names are given) or −1 for no class
 */
export function createDataset(fields: Dataset): Dataset {
  const fn = 'createDataset';
  checkOptions(fn, fields, FIELDS, 'fields');
  const { images, labels, classNames } = fields;
  const data = imageBytes(fn, images);
  const { shape } = images;
  check(shape.length === 4 && shape.every((size) => size >= 1), fn, 'images', 'of shape [N,H,W,C]', shape);
  if (labels !== undefined) checkLabels(fn, labels, shape[0] as number, classNames?.length);
  return Object.freeze({
    ...fields,
    images: data === images.data ? images : ndarray(data, [...shape]),
    ...(labels && { labels: labels instanceof Int32Array ? labels : Int32Array.from(labels) }),
  });
}

/**
 * The bytes of images in row-major order, whatever their strides; borrowed where they lie so.
 *
 * @throws TypeError if they are not an NdArray of bytes
 */
export function imageBytes(fn: string, images: NdArray<Uint8Array>): Uint8Array {
  const data: unknown = rowMajor<Elements>(fn, 'images', images);
  if (data instanceof Uint8Array) return data;
  if (data instanceof Uint8ClampedArray) return new Uint8Array(data.buffer, data.byteOffset, data.length);
  throw new TypeError(
    `${fn}: images must be bytes in 0…255 (a Uint8Array), got a ${(data as object).constructor.name}; ` +
      'toBytes turns float32 in [−1, 1] into them, latentBatches takes float32 as it is',
  );
}

/**
 * The images `start` … `end − 1` as a data set of their own, e.g. to hold some back from training.
 *
 * @param dataset - borrowed, and shared by the result
 * @param start - in [0, end)
 * @param end - in (start, N]
 * @returns a view: shares the images' memory
 * @throws RangeError unless 0 ≤ start < end ≤ N, integers
 */
export function subset(dataset: Dataset, start: number, end: number): Dataset {
  const { images, labels } = dataset;
  const data = imageBytes('subset', images);
  const count = images.shape[0] as number;
  checkImageRange('subset', start, end, count);
  const size = images.size / count;
  return Object.freeze({
    ...dataset,
    name: `${dataset.name}[${start}:${end}]`,
    images: ndarray(data.subarray(start * size, end * size), [end - start, ...images.shape.slice(1)]),
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
