import {
  ddimObjective,
  ddimSample,
  ddpmSample,
  diffusionDenoiser,
  diffusionHeunSample,
  diffusionView,
} from '@immiscible/ddim';
import type { Objective } from '@immiscible/core/tensors';
import type { NoiseSchedule } from '@immiscible/schedulers';
import { z } from 'zod';
import type { Checked } from '../config/checked.js';
import { createKind } from './kinds.js';
import { type Method, value } from './method.js';
import { samplerSchema, samplerTitle, solverSampler } from './sampler.js';
import { scheduleSchema, schedules } from './schedules.js';
import { churning } from './sampling-solvers.js';

/** The papers' own samplers, by their words. */
const own = {
  ddim: { eta: z.number().min(0).max(1).exactOptional() },
  ddpm: {},
  heun: churning,
};

export const ddimSchema = z.strictObject({
  kind: z.literal('ddim'),
  schedule: scheduleSchema,
  prediction: z.enum(['epsilon', 'x0', 'vPrediction']),
  sampler: samplerSchema(own, {
    spacing: z
      .enum(['leading', 'trailing', 'linspace', 'quadratic'])
      .exactOptional()
      .describe('Which timesteps are visited. Default: trailing'),
  }),
});

/** Diffusion in discrete steps. */
export type DdimConfig = Checked<typeof ddimSchema>;

/** Diffusion by DDPM's objective, with the sampler of its config. */
export function ddimMethod(config: DdimConfig): Method {
  const { prediction } = config;
  const schedule = createKind<NoiseSchedule>(schedules, config.schedule);
  return {
    objective: ddimObjective({ schedule, prediction }) as Objective,
    noiseRatio: (inputs, image) => value(inputs, 'noiseScale', image) / value(inputs, 'signalScale', image),
    view: 'times are timesteps',
    denoiser: (model) => diffusionDenoiser(model, { schedule, prediction }),
    ...samplerOf(config, schedule),
  };
}

function samplerOf(
  { prediction, sampler }: DdimConfig,
  schedule: NoiseSchedule,
): Pick<Method, 'sampler' | 'adaptive' | 'sample'> {
  const { kind, ...options } = sampler;
  const by = (title: string, sample: typeof ddimSample) => ({
    sampler: samplerTitle(title, options),
    adaptive: false,
    sample: ((model, params, given) =>
      sample(model, params, { schedule, prediction, ...options, ...given })) as Method['sample'],
  });
  if (kind === 'ddim') return by('DDIM', ddimSample);
  if (kind === 'ddpm') return by('DDPM', ddpmSample);
  // Its own loop rounds as diffusers does.
  if (kind === 'heun' && sampler.churn === undefined) return by('Heun', diffusionHeunSample);
  const { spacing, ...solver } = sampler;
  const spaced = spacing === undefined ? {} : { spacing };
  return solverSampler(diffusionView({ schedule, prediction, ...spaced }), solver, spaced);
}
