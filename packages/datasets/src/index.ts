export { batches, type BatchesOptions } from './batches.js';
export { type Numbers } from './bytes.js';
export { CIFAR10_CLASSES, readCifarBinary } from './cifar.js';
export { createDataset, type Dataset, subset } from './dataset.js';
export {
  FASHION_MNIST_CLASSES,
  fashionMnist,
  fashionMnist10k,
  type FashionMnistOptions,
} from './fashion-mnist.js';
export { type GaussianMixture, gaussianMixture, type GaussianMixtureOptions } from './gaussian-mixture.js';
export { type IdxArray, readIdx, type ReadIdxOptions } from './idx.js';
export { readNpy } from './npy.js';
export { type PickleCallable, PickledArray, PickledDtype } from './pickle-numpy.js';
export { type PickleMap, readPickle, type PickleValue } from './pickle.js';
export { toBytes, toImages } from './pixels.js';
export { pointBatches, type PointBatchesOptions } from './point-batches.js';
export { resize } from './resize.js';
export { readSafetensors, type SafetensorsHeader, type TensorInfo } from './safetensors.js';
export { checkerboard, eightGaussians, type PointSampler, spirals, swissRoll, twoMoons } from './toy-2d.js';
