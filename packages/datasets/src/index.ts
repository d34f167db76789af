export { augment, type Augmented, type AugmentOptions } from './augment.js';
export { batches, type BatchesOptions, type MemoryBatches } from './batches.js';
export { CIFAR10_CLASSES, readCifarBinary } from './cifar.js';
export { createDataset, type Dataset, type ImageSource, subset } from './dataset.js';
export {
  FASHION_MNIST_CLASSES,
  fashionMnist,
  fashionMnist10k,
  type FashionMnistOptions,
} from './fashion-mnist.js';
export { type GaussianMixture, gaussianMixture, type GaussianMixtureOptions } from './gaussian-mixture.js';
export { channelsLast, latentBatches, type LatentBatchesOptions, type LatentDataset } from './latents.js';
export { mnist, type MnistOptions } from './mnist.js';
export { toBytes, toImages } from './pixels.js';
export { pointBatches, type PointBatchesOptions } from './point-batches.js';
export { prefetch, type PrefetchOptions } from './prefetch.js';
export { resize } from './resize.js';
export { type DataPosition, type SeededBatches, type SequenceOptions } from './sequence.js';
export { checkerboard, eightGaussians, type PointSampler, spirals, swissRoll, twoMoons } from './toy-2d.js';
