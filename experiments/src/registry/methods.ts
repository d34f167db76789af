import {
  consistencySample,
  easyConsistencyTuning,
  improvedConsistencyTraining,
  karrasSigmas,
} from '@immiscible/consistency';
import type { HostInputs, Model, Objective, Params } from '@immiscible/core';
import { ddimObjective, ddimSample, ddpmSample } from '@immiscible/ddim';
import { eulerSample, flowMatchingObjective, heunSample } from '@immiscible/flow-matching';
import {
  cosineSchedule,
  linearSchedule,
  type NoiseSchedule,
  type Prediction,
  type SamplerOptions,
  type Spacing,
} from '@immiscible/schedulers';
import type { NdArray } from 'ndarray';
import { z } from 'zod';
import type { NoiseRatio } from './couplings.js';

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
    };

/** What is learned, and how samples are drawn with it. */
export type MethodConfig =
  | {
      readonly kind: 'ddim';
      readonly schedule: ScheduleConfig;
      readonly prediction: Prediction;
      readonly sampler:
        | { readonly kind: 'ddim'; readonly spacing?: Spacing; readonly eta?: number }
        | { readonly kind: 'ddpm'; readonly spacing?: Spacing };
    }
  | { readonly kind: 'flow-matching'; readonly sampler: { readonly kind: 'euler' | 'heun' } }
  | {
      readonly kind: 'consistency';
      readonly training:
        | {
            readonly kind: 'improved';
            readonly first?: number;
            readonly last?: number;
            /** Mean of ln σ: how noisy the levels are that are trained most. */
            readonly logMean?: number;
          }
        | { readonly kind: 'easy'; readonly stages?: number };
      /** Standard deviation of the images' values. */
      readonly sigmaData?: number;
    };

/** A method, ready to train and to sample. */
export interface Method {
  readonly objective: Objective;
  readonly noiseRatio: NoiseRatio;
  /** What a report says of the sampler. */
  readonly sampler: string;
  readonly sample: (
    model: Model,
    params: Params,
    options: SamplerOptions & { readonly steps: number },
  ) => Promise<NdArray<Float32Array>>;
}

const unit = z.number().gt(0).lt(1);
const timesteps = z.int().min(1).exactOptional();
const spacing = z.enum(['leading', 'trailing', 'linspace', 'quadratic']).exactOptional();

const scheduleSchema: z.ZodType<ScheduleConfig> = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('linear'),
    timesteps,
    betaStart: unit.exactOptional(),
    betaEnd: unit.exactOptional(),
  }),
  z.strictObject({
    kind: z.literal('cosine'),
    timesteps,
    offset: z.number().min(0).exactOptional(),
    maxBeta: unit.exactOptional(),
  }),
]);

export const methodSchema: z.ZodType<MethodConfig> = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('ddim'),
    schedule: scheduleSchema,
    prediction: z.enum(['epsilon', 'x0', 'vPrediction']),
    sampler: z.discriminatedUnion('kind', [
      z.strictObject({
        kind: z.literal('ddim'),
        spacing,
        eta: z.number().min(0).max(1).exactOptional(),
      }),
      z.strictObject({ kind: z.literal('ddpm'), spacing }),
    ]),
  }),
  z.strictObject({
    kind: z.literal('flow-matching'),
    sampler: z.strictObject({ kind: z.enum(['euler', 'heun']) }),
  }),
  z.strictObject({
    kind: z.literal('consistency'),
    training: z.discriminatedUnion('kind', [
      z.strictObject({
        kind: z.literal('improved'),
        first: timesteps,
        last: timesteps,
        logMean: z.number().exactOptional(),
      }),
      z.strictObject({ kind: z.literal('easy'), stages: timesteps }),
    ]),
    sigmaData: z.number().gt(0).exactOptional(),
  }),
]);

/** @param trainingSteps - those of the run, over which curricula stretch */
export function createMethod(config: MethodConfig, trainingSteps: number): Method {
  switch (config.kind) {
    case 'ddim':
      return ddimMethod(config);
    case 'flow-matching':
      return flowMethod(config);
    case 'consistency':
      return consistencyMethod(config, trainingSteps);
  }
}

/** ECT's stages unless told otherwise, as in its authors' runs. */
const STAGES = 8;

function consistencyMethod(
  { training, sigmaData = 0.5 }: Extract<MethodConfig, { kind: 'consistency' }>,
  steps: number,
): Method {
  const easy = training.kind === 'easy';
  const scaling = { sigmaData, ...(easy && { sigmaMin: 0 }) };
  const objective = easy
    ? easyConsistencyTuning({
        ...scaling,
        stageSteps: Math.max(1, Math.ceil(steps / (training.stages ?? STAGES))),
      })
    : improvedConsistencyTraining({
        ...scaling,
        steps,
        ...(training.first !== undefined && { first: training.first }),
        ...(training.last !== undefined && { last: training.last }),
        ...(training.logMean !== undefined && { logMean: training.logMean }),
      });
  return {
    objective: objective as Objective,
    noiseRatio: (inputs, image) => value(inputs, 'high', image),
    sampler: 'multistep consistency',
    sample: (model, params, options) =>
      consistencySample(model, params, {
        ...options,
        ...scaling,
        // Karras' levels without the lowest, from which there is nowhere to go.
        sigmas: [...karrasSigmas(options.steps + 1)].reverse().slice(0, -1),
      }),
  };
}

function ddimMethod(config: Extract<MethodConfig, { kind: 'ddim' }>): Method {
  const { prediction, sampler } = config;
  const schedule = createSchedule(config.schedule);
  const { kind, ...own } = sampler;
  return {
    objective: ddimObjective({ schedule, prediction }) as Objective,
    noiseRatio: (inputs, image) => value(inputs, 'noiseScale', image) / value(inputs, 'signalScale', image),
    sampler: Object.entries(own).reduce(
      (text, [name, value]) => `${text}, ${name} ${value}`,
      kind === 'ddim' ? 'DDIM' : 'DDPM',
    ),
    sample: (model, params, options) =>
      (kind === 'ddim' ? ddimSample : ddpmSample)(model, params, {
        schedule,
        prediction,
        ...own,
        ...options,
      }),
  };
}

function flowMethod({ sampler }: Extract<MethodConfig, { kind: 'flow-matching' }>): Method {
  return {
    objective: flowMatchingObjective() as Objective,
    noiseRatio: (inputs, image) => value(inputs, 't', image) / (1 - value(inputs, 't', image)),
    sampler: sampler.kind === 'euler' ? 'Euler' : 'Heun',
    sample: sampler.kind === 'euler' ? eulerSample : heunSample,
  };
}

function value(inputs: HostInputs, name: string, image: number): number {
  return (inputs[name] as NdArray<Float32Array>).get(image);
}

function createSchedule(config: ScheduleConfig): NoiseSchedule {
  return config.kind === 'linear' ? linearSchedule(config) : cosineSchedule(config);
}
