import {
  consistencySample,
  improvedConsistencyTraining,
  type ImprovedConsistencyTrainingOptions,
  karrasSigmas,
} from '@immiscible/consistency';
import type { BatchTransform } from '@immiscible/core';
import type { Model, Objective, Params } from '@immiscible/core/tensors';
import { independent, linearAssignment, nearestNoise } from '@immiscible/coupling';
import { ddimObjective, ddimSample } from '@immiscible/ddim';
import { edmObjective, edmSample } from '@immiscible/edm';
import { eulerSample, flowMatchingObjective } from '@immiscible/flow-matching';
import { type SamplerOptions } from '@immiscible/sampling';
import { linearSchedule } from '@immiscible/schedulers';
import type { NdArray } from 'ndarray';
import { SPREAD } from './toy-sets.js';

export interface ToyMethod {
  readonly objective: (trainingSteps: number) => Objective;
  /** Sampling steps: few, where straight paths count, and many. */
  readonly steps: readonly [few: number, many: number];
  readonly sample: (
    model: Model,
    params: Params,
    options: SamplerOptions & { readonly steps: number },
  ) => Promise<NdArray<Float32Array>>;
}

const schedule = linearSchedule();
const ddim = (prediction: 'vPrediction' | 'epsilon'): ToyMethod => ({
  objective: () => ddimObjective({ schedule, prediction }) as Objective,
  steps: [4, 32],
  sample: (model, params, options) =>
    ddimSample(model, params, { schedule, prediction, spacing: 'trailing', clip: false, ...options }),
});
const scaling = { sigmaData: SPREAD };

const consistency = (
  levels: Pick<ImprovedConsistencyTrainingOptions, 'first' | 'last' | 'logMean'>,
): ToyMethod => ({
  objective: (steps) => improvedConsistencyTraining({ ...scaling, steps, ...levels }) as Objective,
  steps: [1, 2],
  sample: (model, params, { steps, ...options }) =>
    consistencySample(model, params, {
      ...options,
      ...scaling,
      // Karras' levels without the lowest, from which there is nowhere to go.
      sigmas: [...karrasSigmas(steps + 1)].reverse().slice(0, -1),
    }),
});

export const toyMethods: { readonly [name: string]: ToyMethod } = {
  'flow matching': {
    objective: () => flowMatchingObjective() as Objective,
    steps: [4, 32],
    sample: eulerSample,
  },
  'DDIM, v': ddim('vPrediction'),
  'DDIM, ε': ddim('epsilon'),
  EDM: {
    objective: () => edmObjective(scaling) as Objective,
    steps: [4, 16],
    sample: (model, params, options) => edmSample(model, params, { ...scaling, ...options }),
  },
  iCT: consistency({ first: 10, last: 80 }),
  // Assigned noise makes the straight line from noise to image nearly the path itself: long jumps, from where there is much noise.
  'iCT, 4 intervals': consistency({ first: 4, last: 4, logMean: 1 }),
};

/** The first is the baseline. */
export const toyCouplings: { readonly [name: string]: () => BatchTransform } = {
  independent,
  'linear assignment': () => linearAssignment({ cost: 'squaredL2' }),
  'nearest noise': () => nearestNoise({ candidates: 4 }),
};
