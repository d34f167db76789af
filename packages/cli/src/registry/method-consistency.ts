import {
  consistencyDistillation,
  consistencySample,
  consistencyTraining,
  consistencyView,
  type DistillationTeacher,
  easyConsistencyTuning,
  improvedConsistencyTraining,
  karrasSigmas,
  teacherDecay,
} from '@immiscible/consistency';
import type { Objective, WeightAverage } from '@immiscible/core/tensors';
import { ema } from '@immiscible/optim';
import { z } from 'zod';
import type { Checked } from '../config/checked.js';
import { type Method, value } from './method.js';
import { samplerSchema, solverSampler } from './sampler.js';

const count = z.int().min(1).exactOptional();

const distillationSchema = z
  .strictObject({
    kind: z.literal('distillation'),
    teacher: z.string().min(1).describe('Folder of a run of ddim or edm'),
    twin: z.string().exactOptional().describe('Which of its twins. Default: the last'),
    levels: z.int().min(2).exactOptional().describe('Noise levels. Default: 18'),
    order: z
      .union([z.literal(1), z.literal(2)])
      .exactOptional()
      .describe("Of the teacher's step: 2 is Heun's, 1 Euler's. Default: 2"),
    huber: z
      .number()
      .gt(0)
      .exactOptional()
      .describe('c of the pseudo-Huber distance by √d. Default: the mean square'),
  })
  .describe('From a diffusion model that has been trained');

export const consistencySchema = z.strictObject({
  kind: z.literal('consistency'),
  training: z.discriminatedUnion('kind', [
    z
      .strictObject({
        kind: z.literal('original'),
        first: count,
        last: count,
        teacherDecay: z
          .number()
          .gt(0)
          .lt(1)
          .exactOptional()
          .describe("Decay of the teacher's average at the start, μ0. Default: 0.9"),
      })
      .describe('CT as first published: more and more levels, a running average as teacher'),
    z.strictObject({
      kind: z.literal('improved'),
      first: count,
      last: count,
      logMean: z
        .number()
        .exactOptional()
        .describe('Mean of ln σ: how noisy the levels are that are trained most'),
    }),
    z.strictObject({ kind: z.literal('easy'), stages: count }),
    distillationSchema,
  ]),
  sigmaData: z
    .number()
    .gt(0)
    .exactOptional()
    .describe("Standard deviation of the images' values. Default: 0.5"),
  timeScale: z
    .number()
    .gt(0)
    .exactOptional()
    .describe(
      "The network's time is this times ln σ. Default: 250, for positional embeddings; Fourier embeddings are made for 0.25",
    ),
  sampler: samplerSchema({ renoised: {} }, {})
    .exactOptional()
    .describe("Default: renoised, consistency models' own sampling in several steps"),
});

/** A consistency model. */
export type ConsistencyConfig = Checked<typeof consistencySchema>;

/** One from a diffusion model that has been trained. */
export type DistillationConfig = Checked<typeof distillationSchema>;

/** ECT's stages unless told otherwise, as in its authors' runs. */
const STAGES = 8;
/** Of CT on CIFAR-10 (Song et al. 2023): intervals at the start and the end, the teacher's first decay. */
const CT = { first: 2, last: 150, teacherDecay: 0.9 };
/** Decay of the teacher's average in distillation on CIFAR-10 (Song et al. 2023). */
const DISTILLATION_DECAY = 0.95;

/**
 * A consistency model by any of its trainings.
 *
 * @param config - checked
 * @param steps - of the training, over which curricula stretch
 * @param teacher - of a distillation; without it its objective prepares, but has no loss
 */
export function consistencyMethod(
  config: ConsistencyConfig,
  steps: number,
  teacher?: DistillationTeacher,
): Method {
  const { training, sampler, sigmaData = 0.5, timeScale = 250 } = config;
  const scaling = { sigmaData, timeScale, ...(training.kind === 'easy' && { sigmaMin: 0 }) };
  return {
    ...trainingOf(training, scaling, steps, teacher),
    noiseRatio: (inputs, image) => value(inputs, 'high', image),
    view: `times are ${timeScale}·ln σ, sigmaData ${sigmaData}`,
    ...(sampler === undefined || sampler.kind === 'renoised'
      ? ownSampler(scaling)
      : // Its answers are where a path begins, not the mean of where it may: solvers make many small jumps of it.
        solverSampler(consistencyView(scaling), sampler)),
  };
}

function ownSampler(scaling: Scaling): Pick<Method, 'sampler' | 'adaptive' | 'sample'> {
  return {
    sampler: 'multistep consistency',
    adaptive: false,
    sample: (model, params, { steps: evaluations, ...options }) =>
      consistencySample(model, params, {
        ...options,
        ...scaling,
        // Karras' levels without the lowest, from which there is nowhere to go.
        sigmas: [...karrasSigmas(evaluations + 1)].reverse().slice(0, -1),
      }),
  };
}

interface Scaling {
  readonly sigmaData: number;
  readonly timeScale: number;
  readonly sigmaMin?: number;
}

function trainingOf(
  training: ConsistencyConfig['training'],
  scaling: Scaling,
  steps: number,
  teacher: DistillationTeacher | undefined,
): { objective: Objective; teacher?: WeightAverage } {
  switch (training.kind) {
    case 'original': {
      const { first, last, teacherDecay: start } = { ...CT, ...training };
      const curriculum = { steps, first, last };
      const decay = (step: number): number => teacherDecay(step, start, curriculum);
      return {
        objective: consistencyTraining({ ...scaling, ...curriculum }) as Objective,
        teacher: ema({ decay, warmup: false }),
      };
    }
    case 'improved': {
      const { kind: _kind, ...own } = training;
      return { objective: improvedConsistencyTraining({ ...scaling, steps, ...own }) as Objective };
    }
    case 'easy': {
      const stageSteps = Math.max(1, Math.ceil(steps / (training.stages ?? STAGES)));
      return { objective: easyConsistencyTuning({ ...scaling, stageSteps }) as Objective };
    }
    case 'distillation': {
      const { kind: _kind, teacher: _run, twin: _twin, ...own } = training;
      return {
        objective: consistencyDistillation({ ...scaling, ...own, teacher: teacher ?? absent }) as Objective,
        teacher: ema({ decay: DISTILLATION_DECAY, warmup: false }),
      };
    }
  }
}

/** In its place where only the host side of a step is done. */
const absent: DistillationTeacher = {
  denoiser: {
    init: () => ({}),
    apply: () => {
      throw new Error('the teacher has not been loaded: the loss is not for this thread');
    },
  },
  params: {},
};
