export { type DormandPrinceOptions, dormandPrinceSample } from './dormand-prince-sample.js';
export { eulerSample } from './euler-sample.js';
export {
  type FlowMatchingInputs,
  flowMatchingObjective,
  type FlowMatchingObjectiveOptions,
  logitNormalTimes,
  stratifiedTimes,
  type TimeDraw,
  uniformTimes,
} from './flow-matching-objective.js';
export { flowView, type FlowViewOptions } from './flow-view.js';
export { heunSample } from './heun-sample.js';
export { midpointSample } from './midpoint-sample.js';
export { type FlowSamplerOptions } from './flow-times.js';
