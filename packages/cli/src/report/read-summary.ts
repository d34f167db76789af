import { z } from 'zod';
import { couplingSchema } from '../registry/couplings.js';
import { experimentSchema } from '../config/experiment.js';
import { nameSchema } from '../config/names.js';
import { parseJson } from '../config/parse-json.js';
import type { Summary } from './summary.js';

// A summary may come from elsewhere: nothing of it is used before it is known to be what it says.

/** JSON has no NaN: it writes null for it. */
const number = z
  .number()
  .nullable()
  .transform((value) => value ?? NaN);
const count = z.int().min(0);
const orNull = z.number().nullable();

const curvePoint = z.object({
  step: count,
  seconds: number,
  metric: z.string(),
  value: number,
  n: count,
  samplingSteps: count,
  sampler: z.string(),
  extractor: z.string(),
});

const twin = z.object({
  name: nameSchema,
  coupling: couplingSchema,
  steps: count,
  seconds: number,
  curve: z.array(curvePoint),
  loss: z.array(z.object({ step: count, value: number })),
  couplingShare: number,
  couplingAhead: number,
  distanceDrop: number,
  distance: z.object({ before: number, after: number }),
  grids: z.array(z.object({ samplingSteps: count, step: count, file: z.string() })),
  checkpoint: z.string().exactOptional(),
});

const comparison = z.object({
  baseline: nameSchema,
  other: nameSchema,
  samplingSteps: count,
  step: count,
  baselineValue: number,
  otherValue: number,
  logRatio: number,
  standardError: orNull,
  verdict: z.enum(['lower', 'higher', 'equal within noise']),
  best: z.object({ value: number, step: count, seconds: number }),
  reached: z.object({ step: number, seconds: number, atFirst: z.boolean() }).nullable(),
  speedUp: orNull,
  speedUpSeconds: orNull,
});

const summarySchema = z.object({
  format: z.literal(1),
  status: z.enum(['running', 'finished', 'interrupted', 'failed']),
  error: z.string().exactOptional(),
  engine: z.object({ name: z.string(), version: z.string(), reason: z.string() }),
  config: experimentSchema,
  seed: count,
  command: z.string(),
  git: z.object({ commit: z.string(), dirty: z.boolean() }).nullable(),
  machine: z.object({ cpu: z.string(), cores: count, node: z.string() }),
  startedAt: z.iso.datetime(),
  wallSeconds: number,
  parameters: count,
  evaluation: z.object({
    metric: z.string(),
    extractor: z.string(),
    n: count,
    samplingSteps: z.array(count),
    referenceImages: count,
    floor: number,
    floorN: count.exactOptional(),
  }),
  twins: z.array(twin).min(1),
  comparisons: z.array(comparison),
});

/**
 * A summary as a run has written it.
 *
 * @throws Error for what is no summary: says which part of it
 */
export function parseSummary(text: string): Summary {
  const result = summarySchema.safeParse(parseJson(text));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new Error(`${issue?.path.join('.') || 'the whole'}: ${issue?.message ?? 'no summary of a run'}`);
}
