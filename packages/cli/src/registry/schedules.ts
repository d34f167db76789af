import { cosineSchedule, linearSchedule, scaledLinearSchedule } from '@immiscible/schedulers';
import { z } from 'zod';
import { kind, kindSchema } from './kinds.js';

const unit = z.number().gt(0).lt(1).exactOptional();
const timesteps = z.int().min(1).exactOptional();
const betas = { timesteps, betaStart: unit, betaEnd: unit };

/** Forward processes in discrete steps; `scaledLinear` is latent diffusion's. A new one is a line here. */
export const schedules = {
  linear: kind(betas, linearSchedule),
  cosine: kind({ timesteps, offset: z.number().min(0).exactOptional(), maxBeta: unit }, cosineSchedule),
  scaledLinear: kind(betas, scaledLinearSchedule),
};

export const scheduleSchema = kindSchema(schedules);
