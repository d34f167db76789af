import type { CouplingConfig } from '../registry/couplings.js';
import type { ExperimentConfig } from '../config/experiment.js';
import { fashionConsistency } from './fashion-consistency.js';
import { fashionDdim } from './fashion-ddim.js';
import { fashionDdimEpsilon } from './fashion-ddim-epsilon.js';
import { fashionFlow } from './fashion-flow.js';

// Where the coupling helps, and which: the same methods with more twins. `docs/where-it-helps.md` has what came of it.

const pool = { kind: 'linearAssignment', cost: 'squaredL2', pool: 2048, solver: 'auto' } as const;

const twin = (name: string, coupling: CouplingConfig) => ({ name, coupling });
const independent = twin('independent', { kind: 'independent' });
const everywhere = twin('everywhere', pool);
/** Assigned noise where it outweighs the image by 2 to 1, independent noise below. */
const above = twin('above2', { ...pool, above: 2 });
const nearest = (candidates: number) => twin(`nearest${candidates}`, { kind: 'nearestNoise', candidates });

export const fashionDdimCouplings: ExperimentConfig = {
  ...fashionDdim,
  name: 'fashion-ddim-couplings',
  title: 'Couplings for DDIM with v-prediction on Fashion-MNIST, 14×14',
  twins: [independent, everywhere, nearest(8), above],
};

export const fashionFlowCouplings: ExperimentConfig = {
  ...fashionFlow,
  name: 'fashion-flow-couplings',
  title: 'Couplings for flow matching on Fashion-MNIST, 14×14',
  twins: [independent, everywhere, nearest(8), above],
};

export const fashionDdimEpsilonCouplings: ExperimentConfig = {
  ...fashionDdimEpsilon,
  name: 'fashion-ddim-epsilon-couplings',
  title: 'Couplings for DDIM with ε-prediction on Fashion-MNIST, 14×14',
  twins: [independent, everywhere, above],
};

export const fashionConsistencyCouplings: ExperimentConfig = {
  ...fashionConsistency,
  name: 'fashion-consistency-couplings',
  title: 'Couplings for improved consistency training on Fashion-MNIST, 14×14',
  twins: [independent, twin('batch', { kind: 'linearAssignment', cost: 'squaredL2' }), above, nearest(2)],
};
