import type { ExperimentConfig } from '../config/experiment.js';
import { fashionDdim } from './fashion-ddim.js';

/** Rectified flow, everything else as in the main job. */
export const fashionFlow: ExperimentConfig = {
  ...fashionDdim,
  name: 'fashion-flow',
  title: 'Flow matching on Fashion-MNIST, 14×14',
  method: { kind: 'flow-matching', sampler: { kind: 'euler' } },
};
