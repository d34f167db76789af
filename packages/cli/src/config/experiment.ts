import { z } from 'zod';
import { type CouplingConfig, couplingSchema } from '../registry/couplings.js';
import { type DatasetConfig, datasetSchema } from '../registry/datasets.js';
import { type ExtractorName, extractorNames } from '../registry/extractors.js';
import { methodSchema } from '../registry/method-schema.js';
import type { MethodConfig } from '../registry/methods.js';
import { type ModelConfig, modelSchema } from '../registry/models.js';
import { type EmaConfig, emaSchema, type OptimizerConfig, optimizerSchema } from '../registry/optimizers.js';
import { nameSchema as name } from './names.js';

/** One of the trainings that are compared: they differ in the coupling alone. */
export interface TwinConfig {
  readonly name: string;
  readonly coupling: CouplingConfig;
}

/** A run's weights. */
export interface FromConfig {
  /** The run's folder. */
  readonly run: string;
  /** Which of its twins. Default: the last. */
  readonly twin?: string;
}

export interface EvaluationConfig {
  /** In training steps; the last step is always evaluated. */
  readonly every: number;
  /** Images generated for one distance. */
  readonly samples: number;
  /** How many steps the sampler takes: one distance each. */
  readonly samplingSteps: readonly number[];
  /** Images that the sampler makes at a time; changes the speed, not the images. */
  readonly batchSize: number;
  readonly extractor: ExtractorName;
  /** How many real images samples are compared with: a draw that is the same for every run. Default: all. */
  readonly referenceImages?: number;
}

/**
 * An experiment as a plain object that can be written as JSON: all that is needed to run it again, beside the code.
 * Names are resolved to functions in `registry/`.
 */
export interface ExperimentConfig {
  /** Names the run's folder. */
  readonly name: string;
  /** Heads the report. */
  readonly title: string;
  readonly dataset: DatasetConfig;
  readonly model: ModelConfig;
  readonly method: MethodConfig;
  /** A run whose twin's averaged weights are the first of this one. Default: the network's own. */
  readonly from?: FromConfig;
  /** The first is the baseline. */
  readonly twins: readonly TwinConfig[];
  readonly batchSize: number;
  readonly steps: number;
  readonly optimizer: OptimizerConfig;
  /** The average of the weights that is sampled from. */
  readonly ema: EmaConfig;
  readonly evaluation: EvaluationConfig;
  /** Pictures of samples, from the same noise for every twin. */
  readonly grid: { readonly count: number };
  readonly checkpoint: { readonly every: number };
  readonly seed: number;
}

const positive = z.int().min(1);

export const experimentSchema: z.ZodType<ExperimentConfig> = z
  .strictObject({
    name,
    title: z.string(),
    dataset: datasetSchema,
    model: modelSchema,
    method: methodSchema,
    from: z.strictObject({ run: z.string().min(1), twin: z.string().exactOptional() }).exactOptional(),
    twins: z
      .array(z.strictObject({ name, coupling: couplingSchema }))
      .min(1)
      // Each has a folder, and some file systems don't tell large letters from small ones.
      .refine(
        (twins) => new Set(twins.map((twin) => twin.name.toLowerCase())).size === twins.length,
        'names must differ, and in more than large and small letters',
      ),
    batchSize: positive,
    steps: positive,
    optimizer: optimizerSchema,
    ema: emaSchema,
    evaluation: z.strictObject({
      every: positive,
      samples: positive,
      samplingSteps: z.array(positive).min(1),
      batchSize: positive,
      extractor: z.enum(extractorNames),
      referenceImages: z.int().min(2).exactOptional(),
    }),
    grid: z.strictObject({ count: positive }),
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
