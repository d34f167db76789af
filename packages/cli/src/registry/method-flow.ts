import type { Objective } from '@immiscible/core/tensors';
import {
  flowMatchingObjective,
  flowView,
  logitNormalTimes,
  stratifiedTimes,
  uniformTimes,
} from '@immiscible/flow-matching';
import { z } from 'zod';
import type { Checked } from '../config/checked.js';
import { type Method, value } from './method.js';
import { samplerSchema, solverSampler } from './sampler.js';

const times = { uniform: uniformTimes, stratified: stratifiedTimes, logitNormal: logitNormalTimes() };

export const flowSchema = z.strictObject({
  kind: z.literal('flow-matching'),
  sampler: samplerSchema({}, {}),
  times: z
    .enum(['uniform', 'stratified', 'logitNormal'])
    .exactOptional()
    .describe('How the times of training are drawn. Default: uniform'),
});

/** Flow matching along straight paths. */
export type FlowConfig = Checked<typeof flowSchema>;

/** Rectified flow, with the solver of its config. */
export function flowMethod({ sampler, times: draw = 'uniform' }: FlowConfig): Method {
  return {
    objective: flowMatchingObjective({ times: times[draw] }) as Objective,
    noiseRatio: (inputs, image) => value(inputs, 't', image) / (1 - value(inputs, 't', image)),
    view: 'times are t from 0 to 1',
    ...solverSampler(flowView(), sampler),
  };
}
