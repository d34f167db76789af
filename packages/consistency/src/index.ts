export { colorize, type ColorizeOptions, LUMINANCE } from './colorize.js';
export {
  consistencyDistillation,
  type ConsistencyDistillationOptions,
  type DistillationTeacher,
} from './consistency-distillation.js';
export { type EditOptions } from './consistency-edit.js';
export {
  consistencyFunction,
  consistencyScales,
  type ConsistencyScales,
  type ConsistencyScaling,
} from './consistency-function.js';
export { type ConsistencyInputs } from './consistency-objective.js';
export { consistencySample, type ConsistencySampleOptions } from './consistency-sample.js';
export { consistencyTraining, type ConsistencyTrainingOptions } from './consistency-training.js';
export { consistencyView, type ConsistencyViewOptions } from './consistency-view.js';
export { type CurriculumOptions, doublingLevels, risingLevels, teacherDecay } from './curriculum.js';
export { easyConsistencyTuning, type EasyConsistencyTuningOptions } from './easy-consistency-tuning.js';
export {
  improvedConsistencyTraining,
  type ImprovedConsistencyTrainingOptions,
} from './improved-consistency-training.js';
export { inpaint, type InpaintOptions } from './inpaint.js';
export { superResolve, type SuperResolveOptions } from './super-resolve.js';
export { karrasSigmas, type SigmaRange } from '@immiscible/schedulers';
