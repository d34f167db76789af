import type { ExperimentConfig } from '../config/experiment.js';
import { fashionDdim } from './fashion-ddim.js';

/** The same with ε-prediction, as the papers have it: the network can express less of what the coupling knows. */
export const fashionDdimEpsilon: ExperimentConfig = {
  ...fashionDdim,
  name: 'fashion-ddim-epsilon',
  title: 'DDIM with ε-prediction on Fashion-MNIST, 14×14',
  method: {
    kind: 'ddim',
    schedule: { kind: 'linear' },
    prediction: 'epsilon',
    sampler: { kind: 'ddim', spacing: 'trailing' },
  },
};
