import { type ConsistencyConfig, consistencyMethod } from './method-consistency.js';
import { type DdimConfig, ddimMethod } from './method-ddim.js';
import { type EdmConfig, edmMethod } from './method-edm.js';
import { type FlowConfig, flowMethod } from './method-flow.js';
import type { DistillationTeacher } from '@immiscible/consistency';
import type { Method } from './method.js';

/** What is trained, and how samples are drawn with it. */
export type MethodConfig = ConsistencyConfig | DdimConfig | EdmConfig | FlowConfig;

/**
 * @param trainingSteps - those of the run, over which curricula stretch
 * @param teacher - of a distillation, for its loss
 */
export function createMethod(
  config: MethodConfig,
  trainingSteps: number,
  teacher?: DistillationTeacher,
): Method {
  switch (config.kind) {
    case 'ddim':
      return ddimMethod(config);
    case 'flow-matching':
      return flowMethod(config);
    case 'edm':
      return edmMethod(config);
    case 'consistency':
      return consistencyMethod(config, trainingSteps, teacher);
  }
}
