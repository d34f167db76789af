import { consistencyMethod, consistencySchema } from './method-consistency.js';
import { ddimMethod, ddimSchema } from './method-ddim.js';
import { edmMethod, edmSchema } from './method-edm.js';
import { flowMethod, flowSchema } from './method-flow.js';
import type { DistillationTeacher } from '@immiscible/consistency';
import { z } from 'zod';
import type { Checked } from '../config/checked.js';
import type { Method } from './method.js';

/** What a config may say of its method. */
export const methodSchema = z.discriminatedUnion('kind', [
  ddimSchema,
  flowSchema,
  edmSchema,
  consistencySchema,
]);

/** What is trained, and how samples are drawn with it. */
export type MethodConfig = Checked<typeof methodSchema>;

/**
 * The method of a config.
 *
 * @param config - checked
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
