import type { ExperimentConfig } from '../config/experiment.js';
import { fashionConsistency, fashionConsistencyFew } from './fashion-consistency.js';
import {
  fashionConsistencyCouplings,
  fashionDdimCouplings,
  fashionDdimEpsilonCouplings,
  fashionFlowCouplings,
} from './fashion-couplings.js';
import { fashionDdim } from './fashion-ddim.js';
import { fashionDdimEpsilon } from './fashion-ddim-epsilon.js';
import { fashionFlow } from './fashion-flow.js';
import { smoke } from './smoke.js';

/** All configs by the name that `--config` takes. */
export const configs: { readonly [name: string]: ExperimentConfig } = {
  'fashion-consistency': fashionConsistency,
  'fashion-consistency-few': fashionConsistencyFew,
  'fashion-consistency-couplings': fashionConsistencyCouplings,
  'fashion-ddim': fashionDdim,
  'fashion-ddim-couplings': fashionDdimCouplings,
  'fashion-ddim-epsilon': fashionDdimEpsilon,
  'fashion-ddim-epsilon-couplings': fashionDdimEpsilonCouplings,
  'fashion-flow': fashionFlow,
  'fashion-flow-couplings': fashionFlowCouplings,
  smoke,
};
