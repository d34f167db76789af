import type { ExperimentConfig } from '../config/experiment.js';
import { fashionConsistency } from './fashion-consistency.js';
import { fashionDdim } from './fashion-ddim.js';
import { fashionDdimEpsilon } from './fashion-ddim-epsilon.js';
import { fashionFlow } from './fashion-flow.js';
import { smoke } from './smoke.js';

/** All configs by the name that `--config` takes. */
export const configs: { readonly [name: string]: ExperimentConfig } = {
  'fashion-consistency': fashionConsistency,
  'fashion-ddim': fashionDdim,
  'fashion-ddim-epsilon': fashionDdimEpsilon,
  'fashion-flow': fashionFlow,
  smoke,
};
