import type { ExperimentConfig } from '../config/experiment.js';
import { fashionDdim } from './fashion-ddim.js';

/** A denoiser as in EDM; its runs are teachers for `fashion-consistency-distillation`. */
export const fashionEdm: ExperimentConfig = {
  ...fashionDdim,
  name: 'fashion-edm',
  title: 'EDM on Fashion-MNIST, 14×14',
  method: { kind: 'edm', sigmaData: 0.6, timeScale: 250, sampler: { kind: 'heun' } },
};
