import type { Objective } from '@immiscible/core/tensors';
import {
  eulerSample,
  flowMatchingObjective,
  heunSample,
  logitNormalTimes,
  midpointSample,
  stratifiedTimes,
  uniformTimes,
} from '@immiscible/flow-matching';
import { type Method, value } from './method.js';

/** Flow matching along straight paths. */
export interface FlowConfig {
  readonly kind: 'flow-matching';
  readonly sampler: { readonly kind: 'euler' | 'heun' | 'midpoint' };
  /** How the times of training are drawn. Default: `uniform`. */
  readonly times?: 'uniform' | 'stratified' | 'logitNormal';
}

const samplers = { euler: eulerSample, heun: heunSample, midpoint: midpointSample };
const names = { euler: 'Euler', heun: 'Heun', midpoint: 'midpoint' };
const times = { uniform: uniformTimes, stratified: stratifiedTimes, logitNormal: logitNormalTimes() };

/** Rectified flow, with the ODE solver of its config. */
export function flowMethod({ sampler, times: draw = 'uniform' }: FlowConfig): Method {
  return {
    objective: flowMatchingObjective({ times: times[draw] }) as Objective,
    noiseRatio: (inputs, image) => value(inputs, 't', image) / (1 - value(inputs, 't', image)),
    view: 'times are t from 0 to 1',
    sampler: names[sampler.kind],
    // Flows clip nothing in any case.
    sample: (model, params, { clip: _clip, ...options }) => samplers[sampler.kind](model, params, options),
  };
}
