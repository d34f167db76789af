export { type Coefficient } from './coefficient.js';
export { cosineSchedule, type CosineScheduleOptions } from './cosine.js';
export { fromDiffusersConfig, type FromDiffusersConfigOptions } from './diffusers-config.js';
export { toDiffusersConfig } from './diffusers-config-write.js';
export {
  type ConsistencyOptions,
  diffusersOptions,
  type DiscreteSamplerOptions,
  type EdmOptions,
  type FlowOptions,
} from './diffusers-options.js';
export { diffusersSteps } from './diffusers-steps.js';
export {
  type ConsistencyScheduler,
  type DiscreteScheduler,
  type EdmScheduler,
  type FlowScheduler,
  type SchedulerDescription,
} from './diffusers-types.js';
export {
  exponentialSchedule,
  type ExponentialScheduleOptions,
  exponentialSigmas,
  type ExponentialSigmasOptions,
} from './exponential.js';
export { addNoise, batchScales, type Scales, scalesAt } from './forward.js';
export { applyOptions, type ImageInputs, imageInputs } from './image-inputs.js';
export { checkBatch, checkModel, checkPrediction, checkSchedule, float32Data } from './argument-checks.js';
export { karrasSigmas, SIGMA_RANGE_KEYS, type SigmaRange } from './karras-sigmas.js';
export { eachSample } from './each-sample.js';
export { linearSchedule, type LinearScheduleOptions } from './linear.js';
export { edmWeighting, type LossWeighting, minSnrWeighting, softMinSnrWeighting } from './loss-weighting.js';
export { logSigmas, noiseSchedule, type NoiseSchedule, snr } from './noise-schedule.js';
export {
  conversionForm,
  convertPrediction,
  type LinearForm,
  type Prediction,
  predictionTarget,
  type PredictionTargetOptions,
} from './prediction.js';
export { scaledLinearSchedule, type ScaledLinearScheduleOptions } from './scaled-linear.js';
export { timestepOfSigma } from './sigma-timesteps.js';
export {
  sigmoidBetaSchedule,
  type SigmoidBetaScheduleOptions,
  sigmoidSchedule,
  type SigmoidScheduleOptions,
} from './sigmoid.js';
export {
  logitNormalTimesteps,
  logNormalSigmas,
  logNormalTimesteps,
  normalDraw,
  type NormalOptions,
  stratifiedTimesteps,
  stratifiedUniforms,
  type TimestepDraw,
  uniformTimesteps,
} from './timestep-draw.js';
export {
  type Spacing,
  timestepPairs,
  type TimestepPair,
  timestepSequence,
  type TimestepSequenceOptions,
} from './timestep-sequence.js';
export { rescaleZeroTerminalSnr } from './zero-terminal-snr.js';
