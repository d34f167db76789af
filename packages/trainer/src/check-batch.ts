import {
  type Batch,
  check,
  checkLabels,
  checkSameShape,
  describe,
  type Images,
  rowMajor,
} from '@immiscible/core';
import type { NdArray } from 'ndarray';

/** What a batch of images must be like. */
export interface ExpectedImages {
  readonly step: number;
  readonly shape: readonly number[];
  readonly classes: number | undefined;
  /** Whether the batches before it in the pool have labels; undefined for the first. */
  readonly labeled: boolean | undefined;
}

/**
 * The images of a step and their labels.
 *
 * @returns elements in row-major order, borrowed
 * @throws RangeError, or TypeError for the wrong kind of array, that names the step
 */
export function checkImages(
  images: Images,
  { step, shape, classes, labeled }: ExpectedImages,
): { readonly x0: Float32Array; readonly labels: ArrayLike<number> | undefined } {
  const name = `batches.at(${step})`;
  const x0 = floats(`${name}.x0`, images?.x0);
  checkSameShape('train', `${name}.x0`, images.x0.shape, 'batches.batchSize and imageShape', shape);
  const { labels } = images;
  check(
    labeled === undefined || labeled === (labels !== undefined),
    'train',
    `${name}.labels`,
    labeled ? `${shape[0]} class indices` : 'absent, as in the batch before',
    labels,
  );
  if (labels !== undefined) checkLabels(`train: ${name}`, labels, shape[0] as number, classes);
  return { x0, labels };
}

/** What a transform was given. */
export interface GivenBatch {
  readonly drawn: Batch;
  /** A copy of its labels, which the transform hasn't seen. */
  readonly labels: Int32Array | undefined;
  /** The fingerprint of its images before. */
  readonly print: number;
}

/**
 * What a transform gave: the noise alone may be other than it was.
 *
 * @returns the noise in row-major order
 * @throws RangeError or TypeError if images, labels, shapes or dtypes are others
 */
export function checkTransformed(given: Batch, { drawn, labels, print }: GivenBatch): Float32Array {
  if (typeof given !== 'object' || given === null) {
    throw new TypeError(
      `train: the transform's result must be a batch { x0, noise, labels? }, got ${describe(given)}; return { ...batch, noise }`,
    );
  }
  const x0 = floats("the transform's x0", given.x0);
  const noise = floats("the transform's noise", given.noise);
  checkSameShape('train', "the transform's x0", given.x0.shape, "its argument's", drawn.x0.shape);
  checkSameShape('train', "the transform's noise", given.noise.shape, "its argument's", drawn.noise.shape);
  check(
    fingerprint(x0) === print && fingerprint(drawn.x0.data) === print,
    'train',
    "the transform's x0",
    'as it was given',
    'other images',
    'a transform chooses noise; return { ...batch, noise }, and change images in the batch source',
  );
  checkSameLabels(given.labels, labels);
  return noise;
}

/** Labels as they were given, or none as there were none. */
function checkSameLabels(given: Batch['labels'], labels: Int32Array | undefined): void {
  const fix = 'return { ...batch, noise }, so that each image keeps its label';
  if (labels === undefined) {
    check(given === undefined, 'train', "the transform's labels", 'absent as in its argument', given);
  } else {
    check(given !== undefined, 'train', "the transform's labels", 'as they were given', undefined, fix);
    check(
      given.length === labels.length,
      'train',
      "the transform's labels",
      `${labels.length} as given`,
      given,
      fix,
    );
    const other = labels.findIndex((label, i) => label !== given?.[i]);
    check(
      other < 0,
      'train',
      `the transform's labels[${other}]`,
      `${labels[other]} as it was given`,
      given[other],
      fix,
    );
  }
}

/** A checksum of the bits, by which a change is noticed: MurmurHash3's rounds (a sum or product alone misses changes of sign). */
export function fingerprint(values: Float32Array): number {
  let hash = values.length;
  for (const word of new Uint32Array(values.buffer, values.byteOffset, values.length)) {
    hash ^= Math.imul(rotated(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593);
    hash = (Math.imul(rotated(hash, 13), 5) + 0xe6546b64) | 0;
  }
  return hash;
}

const rotated = (word: number, by: number): number => (word << by) | (word >>> (32 - by));

function floats(name: string, array: NdArray<Float32Array>): Float32Array {
  const data = rowMajor('train', name, array);
  if (data instanceof Float32Array) return data;
  throw new TypeError(
    `train: ${name} must hold a Float32Array, got a ${(data as object).constructor.name}; convert and scale it where it is made`,
  );
}
