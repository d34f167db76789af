export { ancestral, type AncestralOptions, ddim, transition, type Transition } from './ancestral.js';
export { churned, type ChurnOptions } from './churned.js';
export { denoiserView } from './denoiser-view.js';
export { dormandPrince, DORMAND_PRINCE_KEYS, type DormandPrinceSolverOptions } from './dormand-prince.js';
export { dpmSolver, type DpmSolverOptions } from './dpm-solver.js';
export { dynamicThreshold, type DynamicThreshold } from './dynamic-threshold.js';
export { type Bound, boundOf, ESTIMATE_KEYS, type EstimateOptions } from './estimate-bound.js';
export { type Frame, type Place, straightPath, varianceExploding, variancePreserving } from './frame.js';
export { classifierFreeGuidance, type GuidanceOptions } from './guidance.js';
export { preconditioned, type Preconditioning } from './preconditioned.js';
export { renoised, type RenoisedOptions } from './renoised.js';
export { type Predict, runBatches, type RunBatchesOptions, type SamplerBatch } from './run-batches.js';
export {
  type CarryingStep,
  runSampler,
  type RunSamplerOptions,
  runSteps,
  type SamplerStep,
} from './run-sampler.js';
export { rungeKutta } from './runge-kutta.js';
export { type Problem, runSolver, type RunSolverOptions, sample, type SampleOptions } from './sample.js';
export { SAMPLER_KEYS, type SamplerEvent, type SamplerOptions, samplerOptions } from './sampler-options.js';
export { singleStepDpm, type SingleStepDpmOptions } from './single-step-dpm.js';
export {
  type AdaptiveSolver,
  type GridSolver,
  type Move,
  type OneStepSolver,
  type Solver,
} from './solver.js';
export { type StagedStep, type StepOde, tableauStep } from './tableau-step.js';
export {
  CLASSIC_4,
  DORMAND_PRINCE,
  type EmbeddedTableau,
  EULER,
  HEUN,
  MIDPOINT,
  RALSTON,
  type Tableau,
} from './tableaus.js';
export { recordTrajectory, type Trajectory } from './trajectory.js';
export { probe, type Probe, type Reading, type View } from './view.js';
