import { checkOptions } from '@immiscible/core';
import ndarray from 'ndarray';
import { createDataset, type Dataset } from './dataset.js';

/** What CIFAR-10's labels 0 to 9 mean. */
export const CIFAR10_CLASSES: readonly string[] = Object.freeze([
  'airplane',
  'automobile',
  'bird',
  'cat',
  'deer',
  'dog',
  'frog',
  'horse',
  'ship',
  'truck',
]);

/** Bytes of one CIFAR image: 3 planes of 32×32. */
export const CIFAR_PIXELS = 3072;

/**
 * Reads a file of CIFAR's binary version: records of one label byte (two in CIFAR-100: coarse, fine), then 1,024 red,
 * 1,024 green and 1,024 blue bytes.
 *
 * @param bytes - one `.bin` file; borrowed
 * @param options - which of the two it is, and what to call it
 * @param options.kind - @defaultValue `'cifar10'`
 * @param options.name - what to call the file in error messages
 * @throws RangeError unless the file is whole records with labels in range
 * @see A. Krizhevsky 2009, "Learning Multiple Layers of Features from Tiny Images"
 */
export function readCifarBinary(
  bytes: Uint8Array,
  options: { readonly kind?: 'cifar10' | 'cifar100'; readonly name?: string } = {},
): Dataset {
  checkOptions('readCifarBinary', options, ['kind', 'name']);
  const { kind = 'cifar10', name = 'bytes' } = options;
  if (kind !== 'cifar10' && kind !== 'cifar100')
    throw new RangeError(`readCifarBinary: kind must be "cifar10" or "cifar100", got "${String(kind)}"`);
  const head = kind === 'cifar10' ? 1 : 2;
  const record = head + CIFAR_PIXELS;
  const count = bytes.length / record;
  if (!Number.isInteger(count) || count < 1) {
    throw new RangeError(
      `readCifarBinary: ${name} must hold whole records of ${record} bytes (${kind}), got ${bytes.length} bytes; ` +
        'it is truncated, or of the other CIFAR',
    );
  }
  const images = new Uint8Array(count * CIFAR_PIXELS);
  const labels = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    labels[i] = bytes[i * record + head - 1] as number;
    interleave(bytes.subarray(i * record + head, (i + 1) * record), images, i * CIFAR_PIXELS);
  }
  return cifarDataset(`readCifarBinary: ${name}`, kind, kind, images, labels);
}

/** Planes R, G, B to pixels RGB RGB …. */
export function interleave(planes: Uint8Array, out: Uint8Array, at: number): void {
  for (let p = 0; p < 1024; p++) {
    out[at + 3 * p] = planes[p] as number;
    out[at + 3 * p + 1] = planes[1024 + p] as number;
    out[at + 3 * p + 2] = planes[2048 + p] as number;
  }
}

/** Images and labels as a data set, labels checked. */
export function cifarDataset(
  context: string,
  kind: 'cifar10' | 'cifar100',
  name: string,
  images: Uint8Array,
  labels: Int32Array,
): Dataset {
  const classes = kind === 'cifar10' ? 10 : 100;
  const wrong = labels.findIndex((label) => label < 0 || label >= classes);
  if (wrong >= 0) {
    throw new RangeError(
      `${context} must have labels in [0, ${classes}), got ${labels[wrong]} for image ${wrong}`,
    );
  }
  return createDataset({
    name,
    images: ndarray(images, [labels.length, 32, 32, 3]),
    labels,
    ...(kind === 'cifar10' && { classNames: CIFAR10_CLASSES }),
    allowsFlip: true,
  });
}
