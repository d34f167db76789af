import { checkOptions, type OptionKeys } from '@immiscible/core';
import { decodeIdx } from '@immiscible/formats';
import ndarray from 'ndarray';
import { createDataset, type Dataset } from './dataset.js';
import { readIdxSplit } from './idx-split.js';
import { readFile } from './read-file.js';
import { type KnownFile, verifiedContent } from './verified-file.js';

// The checksums are those of the unpacked files, which are the same wherever the archives come from: Zalando's .gz
// files carry the file's name and date, the ones of Debian's package don't.
const files = {
  train: {
    images: {
      name: 'train-images-idx3-ubyte',
      bytes: 47_040_016,
      sha256: 'c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888',
    },
    labels: {
      name: 'train-labels-idx1-ubyte',
      bytes: 60_008,
      sha256: 'bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9',
    },
  },
  test: {
    images: {
      name: 't10k-images-idx3-ubyte',
      bytes: 7_840_016,
      sha256: '5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b',
    },
    labels: {
      name: 't10k-labels-idx1-ubyte',
      bytes: 10_008,
      sha256: '0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34',
    },
  },
} as const satisfies Record<string, { images: KnownFile; labels: KnownFile }>;

const SOURCE = 'github.com/zalandoresearch/fashion-mnist';

/** What Fashion-MNIST's labels 0 to 9 mean. */
export const FASHION_MNIST_CLASSES: readonly string[] = Object.freeze([
  'T-shirt/top',
  'Trouser',
  'Pullover',
  'Dress',
  'Coat',
  'Sandal',
  'Shirt',
  'Sneaker',
  'Bag',
  'Ankle boot',
]);

/**
 * The 10,000-image split of Fashion-MNIST, `[10000,28,28,1]`, 1,000 images of each of 10 classes. It is part of this
 * package: nothing is downloaded in Node.
 *
 * `allowsFlip` is false: nearly every shoe points to the left.
 *
 * @throws RangeError if a file is truncated or was changed, with expected and found size or checksum
 * @throws Error if a file is missing
 * @see Xiao, Rasul & Vollgraf 2017, "Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning
 *   Algorithms" (arXiv:1708.07747)
 */
export async function fashionMnist10k(): Promise<Dataset> {
  const fn = 'fashionMnist10k';
  const advice = 'install @immiscible/datasets again';
  // Each URL is written out so that bundlers see the file and copy it.
  const images = await readFile(new URL('../data/t10k-images-idx3-ubyte.gz', import.meta.url));
  const labels = await readFile(new URL('../data/t10k-labels-idx1-ubyte.gz', import.meta.url));
  return fashionDataset(
    'fashion-mnist-10k',
    await verifiedContent(fn, images, files.test.images, advice),
    await verifiedContent(fn, labels, files.test.labels, advice),
  );
}

/** Options of {@link fashionMnist}. */
export interface FashionMnistOptions {
  /**
   * Where the four IDX files lie, gzipped or not, under their original names: a path, or a URL (`file:`, or `https:`
   * in a browser).
   */
  readonly directory: string | URL;
  /**
   * `'train'` has 60,000 images; `'test'` is the 10,000 of {@link fashionMnist10k}.
   * @defaultValue `'train'`
   */
  readonly split?: 'train' | 'test';
}

export const FASHION_MNIST_OPTIONS: OptionKeys<FashionMnistOptions> = {
  directory: true,
  split: true,
};

/**
 * Fashion-MNIST from files of yours, e.g. those of Debian's package `dataset-fashion-mnist`.
 *
 * @param options - where the files lie, and which split
 * @throws RangeError if a file is truncated or was changed, with expected and found size or checksum
 * @throws Error if a file is missing
 * @see Xiao, Rasul & Vollgraf 2017 (arXiv:1708.07747)
 */
export async function fashionMnist(options: FashionMnistOptions): Promise<Dataset> {
  const fn = 'fashionMnist';
  checkOptions(fn, options, FASHION_MNIST_OPTIONS);
  const { directory, split = 'train' } = options;
  const { images, labels } = await readIdxSplit(fn, files, directory, split, SOURCE);
  return fashionDataset(split === 'train' ? 'fashion-mnist-60k' : 'fashion-mnist-10k', images, labels);
}

async function fashionDataset(name: string, images: Uint8Array, labels: Uint8Array): Promise<Dataset> {
  const pixels = await decodeIdx(images, { name: 'images' });
  // uint8 both, as the checksums have shown.
  return createDataset({
    name,
    images: ndarray(pixels.data as Uint8Array, [...pixels.shape, 1]),
    labels: Int32Array.from((await decodeIdx(labels, { name: 'labels' })).data),
    classNames: FASHION_MNIST_CLASSES,
    allowsFlip: false,
  });
}
