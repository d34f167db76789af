export { adam, type AdamOptions, adamW, type AdamWOptions, scaleByAdam } from './adam.js';
export { applyUpdates } from './apply-updates.js';
export { chain, identity } from './chain.js';
export { ema, type EmaOptions, halfLife } from './ema.js';
export { flatten } from './flatten.js';
export { clipByGlobalNorm, globalNorm } from './global-norm.js';
export { type MomentOptions, type MomentState } from './moments.js';
export { rAdam } from './radam.js';
export { addDecayedWeights, scaleByLearningRate } from './scale.js';
export {
  constant,
  cosineDecay,
  inverseSqrtDecay,
  linear,
  type Schedule,
  type ScheduleLike,
  warmup,
} from './schedule.js';
