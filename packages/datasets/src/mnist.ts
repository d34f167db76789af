import { checkOptions } from '@immiscible/core';
import { decodeIdx } from '@immiscible/formats';
import ndarray from 'ndarray';
import { createDataset, type Dataset } from './dataset.js';
import { FASHION_MNIST_OPTIONS, type FashionMnistOptions } from './fashion-mnist.js';
import { readIdxSplit } from './idx-split.js';

// Of the unpacked files, which are the same wherever the archives come from.
const files = {
  train: {
    images: {
      name: 'train-images-idx3-ubyte',
      bytes: 47_040_016,
      sha256: 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db',
    },
    labels: {
      name: 'train-labels-idx1-ubyte',
      bytes: 60_008,
      sha256: '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5',
    },
  },
  test: {
    images: {
      name: 't10k-images-idx3-ubyte',
      bytes: 7_840_016,
      sha256: '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
    },
    labels: {
      name: 't10k-labels-idx1-ubyte',
      bytes: 10_008,
      sha256: 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
    },
  },
} as const;

/** Where MNIST's files lie, and which split; as for Fashion-MNIST. */
export type MnistOptions = FashionMnistOptions;

/**
 * MNIST from its four files, gzipped or not: `[60000,28,28,1]` (train) or `[10000,28,28,1]` (test), 10 digits.
 *
 * `allowsFlip` is false: mirrored digits aren't digits.
 *
 * @param options - where the files lie, and which split
 * @throws RangeError if a file is truncated or was changed, with expected and found size or checksum
 * @throws Error if a file is missing
 * @see LeCun, Bottou, Bengio & Haffner 1998, "Gradient-Based Learning Applied to Document Recognition"
 */
export async function mnist(options: MnistOptions): Promise<Dataset> {
  checkOptions('mnist', options, FASHION_MNIST_OPTIONS);
  const { directory, split = 'train' } = options;
  const { images, labels } = await readIdxSplit(
    'mnist',
    files,
    directory,
    split,
    'npx @immiscible/datasets fetch mnist',
  );
  const pixels = await decodeIdx(images, { name: 'images' });
  return createDataset({
    name: split === 'train' ? 'mnist-60k' : 'mnist-10k',
    images: ndarray(pixels.data as Uint8Array, [...pixels.shape, 1]),
    labels: Int32Array.from((await decodeIdx(labels, { name: 'labels' })).data),
    classNames: [...'0123456789'],
    allowsFlip: false,
  });
}
