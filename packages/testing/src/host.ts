// What needs no tensors: for the tests of packages that have none.
export { describeBatchTransform, type TransformTraits } from './batch-transform-suite.js';
export { gaussianBatch, type GaussianBatchOptions, row, rowMultiset } from './gaussian-batch.js';
export { contiguousCopy, type StridedView, stridedViews } from './strided-views.js';
