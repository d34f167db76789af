import { z } from 'zod';
import type { MethodConfig } from './methods.js';

const unit = z.number().gt(0).lt(1);
const timesteps = z.int().min(1).exactOptional();
const spacing = z.enum(['leading', 'trailing', 'linspace', 'quadratic']).exactOptional();

const scheduleSchema = z.discriminatedUnion('kind', [
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
  z.strictObject({
    kind: z.literal('scaledLinear'),
    timesteps,
    betaStart: unit.exactOptional(),
    betaEnd: unit.exactOptional(),
  }),
]);

const ddimSchema = z.strictObject({
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
    z.strictObject({ kind: z.literal('dpm-solver'), spacing }),
    z.strictObject({ kind: z.literal('heun'), spacing }),
  ]),
});

const flowSchema = z.strictObject({
  kind: z.literal('flow-matching'),
  sampler: z.strictObject({ kind: z.enum(['euler', 'heun', 'midpoint']) }),
  times: z.enum(['uniform', 'stratified', 'logitNormal']).exactOptional(),
});

const edmSchema = z.strictObject({
  kind: z.literal('edm'),
  sigmaData: z.number().gt(0).exactOptional(),
  timeScale: z.number().gt(0).exactOptional(),
  sampler: z.strictObject({
    kind: z.enum(['heun', 'euler']),
    churn: z.number().min(0).exactOptional(),
  }),
});

const count = z.int().min(1).exactOptional();

const consistencySchema = z.strictObject({
  kind: z.literal('consistency'),
  training: z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('original'),
      first: count,
      last: count,
      teacherDecay: unit.exactOptional(),
    }),
    z.strictObject({
      kind: z.literal('improved'),
      first: count,
      last: count,
      logMean: z.number().exactOptional(),
    }),
    z.strictObject({ kind: z.literal('easy'), stages: count }),
    z.strictObject({
      kind: z.literal('distillation'),
      teacher: z.string().min(1),
      twin: z.string().exactOptional(),
      levels: z.int().min(2).exactOptional(),
      order: z.union([z.literal(1), z.literal(2)]).exactOptional(),
      huber: z.number().gt(0).exactOptional(),
    }),
  ]),
  sigmaData: z.number().gt(0).exactOptional(),
  timeScale: z.number().gt(0).exactOptional(),
});

/** What a config may say of its method. */
export const methodSchema: z.ZodType<MethodConfig> = z.discriminatedUnion('kind', [
  ddimSchema,
  flowSchema,
  edmSchema,
  consistencySchema,
]);
