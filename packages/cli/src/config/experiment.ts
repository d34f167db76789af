import { z } from 'zod';
import { couplingSchema } from '../registry/couplings.js';
import { datasetSchema } from '../registry/datasets.js';
import { extractorNames } from '../registry/extractors.js';
import { methodSchema } from '../registry/methods.js';
import { modelSchema } from '../registry/models.js';
import { emaSchema, optimizerSchema } from '../registry/optimizers.js';
import type { Checked } from './checked.js';
import { nameSchema as name } from './names.js';

const positive = z.int().min(1);

const twinSchema = z.strictObject({ name, coupling: couplingSchema });

const fromSchema = z.strictObject({
  run: z.string().min(1).describe("The run's folder"),
  twin: z.string().exactOptional().describe('Which of its twins. Default: the last'),
});

const evaluationSchema = z.strictObject({
  every: positive.describe('In training steps; the last step is always evaluated'),
  samples: positive.describe('Images generated for one distance'),
  samplingSteps: z
    .array(positive)
    .min(1)
    .describe(
      'How many steps the sampler takes: one distance each. Of a sampler that chooses them, the most',
    ),
  batchSize: positive.describe('Images that the sampler makes at a time; changes the speed, not the images'),
  extractor: z.enum(extractorNames),
  referenceImages: z
    .int()
    .min(2)
    .exactOptional()
    .describe(
      'How many real images samples are compared with: a draw that is the same for every run. Default: all',
    ),
});

export const experimentSchema = z
  .strictObject({
    name: name.describe("Names the run's folder"),
    title: z.string().describe('Heads the report'),
    dataset: datasetSchema,
    model: modelSchema,
    method: methodSchema,
    from: fromSchema
      .exactOptional()
      .describe("A run whose twin's averaged weights are the first of this one. Default: the network's own"),
    twins: z
      .array(twinSchema)
      .min(1)
      // Each has a folder, and some file systems don't tell large letters from small ones.
      .refine(
        (twins) => new Set(twins.map((twin) => twin.name.toLowerCase())).size === twins.length,
        'names must differ, and in more than large and small letters',
      )
      .describe('The first is the baseline'),
    batchSize: positive,
    steps: positive,
    optimizer: optimizerSchema,
    ema: emaSchema.describe('The average of the weights that is sampled from'),
    evaluation: evaluationSchema,
    grid: z
      .strictObject({ count: positive })
      .describe('Pictures of samples, from the same noise for every twin'),
    checkpoint: z.strictObject({ every: positive }),
    seed: z.int().min(0),
  })
  .refine(
    ({ method, evaluation }) => method.kind !== 'edm' || evaluation.samplingSteps.every((n) => n >= 2),
    {
      path: ['evaluation', 'samplingSteps'],
      message: 'must each be at least 2 for edm, whose levels go from the highest to the lowest',
    },
  );

/**
 * An experiment as a plain object that can be written as JSON: all that is needed to run it again, beside the code.
 * Names are resolved to functions in `registry/`.
 */
export type ExperimentConfig = Checked<typeof experimentSchema>;

/** One of the trainings that are compared: they differ in the coupling alone. */
export type TwinConfig = Checked<typeof twinSchema>;

/** A run's weights. */
export type FromConfig = Checked<typeof fromSchema>;
