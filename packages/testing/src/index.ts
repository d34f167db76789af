import './to-be-all-close.js';

export { availableBackends, type SelectBackend } from './available-backends.js';
export { type BorderCases, describeBorder, type RefusedCall } from './border-suite.js';
export { closedFormModel, type ClosedFormRun, closedFormRun } from './closed-form-run.js';
export { largestDifference, logLogSlope } from './convergence.js';
export {
  type ConvergenceCases,
  describeConvergence,
  type SolvableView,
  type SolvedProblem,
  type SolverCase,
} from './convergence-suite.js';
export { type CouplingModule, couplingsOf } from './coupling-cases.js';
export { type DiffusersCases, type DiffusersSamples, describeDiffusersSamples } from './diffusers-suite.js';
export { describeGradients, type DescribeGradientsOptions } from './describe-gradients.js';
export { gradientCases } from './gradient-cases.js';
export {
  type GradientCase,
  type GradientError,
  gradientErrors,
  type GradientInput,
} from './gradient-check.js';
export { type Answer, exactNetwork, type MethodNetwork } from './exact-network.js';
export { gaussianBatch, type GaussianBatchOptions } from './gaussian-batch.js';
export { mixtureDenoised, mixtureFlow, type Scales } from './gaussian-mixture.js';
export { expectNoLeak } from './leaks.js';
export { type ObjectiveCase, toTensors } from './objective-oracle.js';
export { describeObjective, type ObjectiveLaw, objectiveLaws } from './objective-suite.js';
export { checkPairing, describePairing } from './pairing-suite.js';
export { type CpuComparison, expectSamplesAsOnCpu } from './samples-on-cpu.js';
export { type SamplingCases, type SamplingModule, solversOf } from './solver-cases.js';
export { contiguousCopy, type StridedView, stridedViews } from './strided-views.js';
export { describeTrainingStep, threeWeights, type TrainingStep } from './training-step-suite.js';
export { type NumbersLike, type Tolerance } from './to-be-all-close.js';
export { describeBatchSource } from './batch-source-suite.js';
export {
  describeFeatureExtractor,
  type ExtractorTrial,
  type ExtractorUnderTest,
} from './feature-extractor-suite.js';
export {
  describeGradientTransformation,
  type GradientTransformationTraits,
} from './gradient-transformation-suite.js';
export { describeModel, type ModelTrial } from './model-suite.js';
export { describeNoiseSchedule, type ScheduleUnderTest } from './noise-schedule-suite.js';
