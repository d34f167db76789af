export { eulerSample } from './euler-sample.js';
export {
  type FlowMatchingInputs,
  flowMatchingObjective,
  type FlowMatchingObjectiveOptions,
  type TimeDraw,
  uniformTimes,
} from './flow-matching-objective.js';
export { heunSample } from './heun-sample.js';
export { type FlowSamplerOptions } from './time.js';
