export type { ExperimentConfig } from './config/experiment.js';
export { configs } from './configs/index.js';
