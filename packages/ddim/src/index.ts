export { type DdimInputs, ddimObjective, type DdimObjectiveOptions } from './ddim-objective.js';
export { ddimSample, type DdimSampleOptions } from './ddim-sample.js';
export { ddpmSample, type DdpmSampleOptions } from './ddpm-sample.js';
export { type DiffusionSamplerOptions } from './diffusion-steps.js';
export { ancestralUpdate, ddimUpdate, type Update, type Variance } from './update.js';
