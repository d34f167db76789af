export { denoiserSample, type DenoiserSampleOptions } from './denoiser-sample.js';
export { type EdmInputs, edmObjective, type EdmObjectiveOptions, type SigmaDraw } from './edm-objective.js';
export { edmSample, type EdmSampleOptions } from './edm-sample.js';
export { edmView, type EdmViewOptions } from './edm-view.js';
export { edmDenoiser, edmScales, type EdmScales, type EdmScaling } from './preconditioning.js';
