import type { ExperimentConfig } from '../config/experiment.js';
import { fashionDdim } from './fashion-ddim.js';

/** Rectified flow, everything else as in the main job but that noise is assigned at every noise level. */
export const fashionFlow: ExperimentConfig = {
  ...fashionDdim,
  name: 'fashion-flow',
  title: 'Flow matching on Fashion-MNIST, 14×14',
  method: { kind: 'flow-matching', sampler: { kind: 'euler' } },
  twins: [
    { name: 'independent', coupling: { kind: 'independent' } },
    {
      name: 'immiscible',
      coupling: { kind: 'linearAssignment', cost: 'squaredL2', pool: 2048, solver: 'auto' },
    },
  ],
};
