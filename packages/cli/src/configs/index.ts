import type { ExperimentConfig } from '../config/experiment.js';
import {
  fashionConsistency,
  fashionConsistencyDistillation,
  fashionConsistencyEasy,
  fashionConsistencyFew,
  fashionConsistencyOriginal,
} from './fashion-consistency.js';
import {
  fashionConsistencyCouplings,
  fashionDdimCouplings,
  fashionDdimEpsilonCouplings,
  fashionFlowCouplings,
} from './fashion-couplings.js';
import { fashionDdim, fashionDdim60k } from './fashion-ddim.js';
import { fashionDdimEpsilon } from './fashion-ddim-epsilon.js';
import { fashionEdm } from './fashion-edm.js';
import { fashionFlow } from './fashion-flow.js';
import {
  celebaConsistency,
  cifar10Consistency,
  cifar10ConsistencyOriginal,
  cifar10Ddim,
  cifar10Flow,
  imagenetLatents,
  tinyImagenetConsistency,
} from './papers.js';
import { smoke } from './smoke.js';

/** All configs by the name that `--config` takes. */
export const configs: { readonly [name: string]: ExperimentConfig } = {
  'celeba-consistency': celebaConsistency,
  'cifar10-consistency': cifar10Consistency,
  'cifar10-consistency-original': cifar10ConsistencyOriginal,
  'cifar10-ddim': cifar10Ddim,
  'cifar10-flow': cifar10Flow,
  'fashion-consistency': fashionConsistency,
  'fashion-consistency-distillation': fashionConsistencyDistillation,
  'fashion-consistency-easy': fashionConsistencyEasy,
  'fashion-consistency-few': fashionConsistencyFew,
  'fashion-consistency-original': fashionConsistencyOriginal,
  'fashion-consistency-couplings': fashionConsistencyCouplings,
  'fashion-ddim': fashionDdim,
  'fashion-ddim-60k': fashionDdim60k,
  'fashion-ddim-couplings': fashionDdimCouplings,
  'fashion-ddim-epsilon': fashionDdimEpsilon,
  'fashion-ddim-epsilon-couplings': fashionDdimEpsilonCouplings,
  'fashion-edm': fashionEdm,
  'fashion-flow': fashionFlow,
  'fashion-flow-couplings': fashionFlowCouplings,
  'imagenet-latents': imagenetLatents,
  smoke,
  'tiny-imagenet-consistency': tinyImagenetConsistency,
};
