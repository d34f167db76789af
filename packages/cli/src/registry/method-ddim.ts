import {
  ddimObjective,
  ddimSample,
  ddpmSample,
  diffusionDenoiser,
  diffusionHeunSample,
  dpmSolverSample,
} from '@immiscible/ddim';
import type { Objective } from '@immiscible/core/tensors';
import {
  cosineSchedule,
  linearSchedule,
  scaledLinearSchedule,
  type NoiseSchedule,
  type Prediction,
  type Spacing,
} from '@immiscible/schedulers';
import { type Method, value } from './method.js';

/** Forward process in discrete steps. */
export type ScheduleConfig =
  | {
      readonly kind: 'linear';
      readonly timesteps?: number;
      readonly betaStart?: number;
      readonly betaEnd?: number;
    }
  | {
      readonly kind: 'cosine';
      readonly timesteps?: number;
      readonly offset?: number;
      readonly maxBeta?: number;
    }
  | {
      /** Of latent diffusion. */
      readonly kind: 'scaledLinear';
      readonly timesteps?: number;
      readonly betaStart?: number;
      readonly betaEnd?: number;
    };

/** Diffusion in discrete steps. */
export interface DdimConfig {
  readonly kind: 'ddim';
  readonly schedule: ScheduleConfig;
  readonly prediction: Prediction;
  readonly sampler:
    | { readonly kind: 'ddim'; readonly spacing?: Spacing; readonly eta?: number }
    | { readonly kind: 'ddpm' | 'dpm-solver' | 'heun'; readonly spacing?: Spacing };
}

const others = { ddpm: ddpmSample, 'dpm-solver': dpmSolverSample, heun: diffusionHeunSample };
const names = { ddim: 'DDIM', ddpm: 'DDPM', 'dpm-solver': 'DPM-Solver++(2M)', heun: 'Heun' };

/** Diffusion by DDPM's objective, with the sampler of its config. */
export function ddimMethod(config: DdimConfig): Method {
  const { prediction, sampler } = config;
  const schedule = createSchedule(config.schedule);
  const { kind, ...own } = sampler;
  const sample = kind === 'ddim' ? ddimSample : others[kind];
  return {
    objective: ddimObjective({ schedule, prediction }) as Objective,
    noiseRatio: (inputs, image) => value(inputs, 'noiseScale', image) / value(inputs, 'signalScale', image),
    view: 'times are timesteps',
    sampler: Object.entries(own).reduce((text, [name, given]) => `${text}, ${name} ${given}`, names[kind]),
    sample: (model, params, options) => sample(model, params, { schedule, prediction, ...own, ...options }),
    denoiser: (model) => diffusionDenoiser(model, { schedule, prediction }),
  };
}

function createSchedule({ kind, ...own }: ScheduleConfig): NoiseSchedule {
  switch (kind) {
    case 'linear':
      return linearSchedule(own);
    case 'scaledLinear':
      return scaledLinearSchedule(own);
    case 'cosine':
      return cosineSchedule(own);
  }
}
