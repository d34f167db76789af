// What needs no tensors: for the tests of packages that have none.
export {
  type AssignmentSolverTraits,
  describeAssignmentSolver,
  type SolverUnderTest,
} from './assignment-solver-suite.js';
export { describeBatchTransform, type TransformTraits } from './batch-transform-suite.js';
export { type BorderCases, describeBorder, type RefusedCall } from './border-suite.js';
export { costFamilies, costsOf } from './cost-families.js';
export { gaussianBatch, type GaussianBatchOptions, row, rowMultiset } from './gaussian-batch.js';
export { bruteForce, type SolverAnswer } from './solver-oracle.js';
export { contiguousCopy, type StridedView, stridedViews } from './strided-views.js';
export { describeBatchSource } from './batch-source-suite.js';
export {
  describeFeatureExtractor,
  type ExtractorTrial,
  type ExtractorUnderTest,
} from './feature-extractor-suite.js';
export { describeNoiseSchedule, type ScheduleUnderTest } from './noise-schedule-suite.js';
