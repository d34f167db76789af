export { batches, type BatchesOptions } from './batches.js';
export { createDataset, type Dataset, subset } from './dataset.js';
export {
  FASHION_MNIST_CLASSES,
  fashionMnist,
  fashionMnist10k,
  type FashionMnistOptions,
} from './fashion-mnist.js';
export { type IdxArray, readIdx, type ReadIdxOptions } from './idx.js';
export { toBytes, toImages } from './pixels.js';
export { resize } from './resize.js';
