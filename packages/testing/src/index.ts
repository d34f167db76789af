import './to-be-all-close.js';

export { availableBackends, type SelectBackend } from './available-backends.js';
export { describeGradients, type DescribeGradientsOptions } from './describe-gradients.js';
export { gradientCases } from './gradient-cases.js';
export {
  type GradientCase,
  type GradientError,
  gradientErrors,
  type GradientInput,
} from './gradient-check.js';
export { mixtureDenoised, mixtureFlow } from './gaussian-mixture.js';
export { expectNoLeak } from './leaks.js';
export { type ObjectiveCase } from './objective-oracle.js';
export { describeObjective, type ObjectiveLaw, objectiveLaws } from './objective-suite.js';
export { checkPairing, describePairing } from './pairing-suite.js';
export { contiguousCopy, type StridedView, stridedViews } from './strided-views.js';
export { type NumbersLike, type Tolerance } from './to-be-all-close.js';
export { describeBatchSource } from './batch-source-suite.js';
export { describeFeatureExtractor, type ExtractorUnderTest } from './feature-extractor-suite.js';
export { describeGradientTransformation } from './gradient-transformation-suite.js';
export { describeModel } from './model-suite.js';
export { describeNoiseSchedule, type ScheduleUnderTest } from './noise-schedule-suite.js';
