import {
  type BatchSource,
  type Compile,
  createRng,
  type GradientTransformation,
  type Images,
  type Rng,
  type WeightAverage,
} from '@immiscible/core';
import * as tf from '@tensorflow/tfjs-core';
import { batches, type Dataset } from '@immiscible/datasets';
import { eager, jit, jitModel } from '@immiscible/jit';
import type { FeatureExtractor } from '@immiscible/metrics-fid';
import type { ExperimentConfig } from '../config/experiment.js';
import { loadDataset } from '../registry/datasets.js';
import { extractors } from '../registry/extractors.js';
import { createMethod, type Method } from '../registry/methods.js';
import { createModel, type SampledModel } from '../registry/models.js';
import { createEma, createOptimizer } from '../registry/optimizers.js';

/** A config with its names resolved: what the twins have in common. */
export interface Parts {
  readonly config: ExperimentConfig;
  readonly dataset: Dataset;
  readonly batches: BatchSource;
  readonly model: SampledModel;
  /** The model as samples are drawn with it. */
  readonly sampled: SampledModel;
  /** How a training step is run. */
  readonly compile: Compile;
  readonly method: Method;
  readonly optimizer: GradientTransformation;
  readonly ema: WeightAverage;
  readonly extractor: FeatureExtractor;
  /** Root of the training's randomness: the same for each twin. */
  readonly trainRng: Rng;
  /** Root of the samples' randomness. */
  readonly sampleRng: Rng;
}

/**
 * @param compiled - whether training and sampling run as recorded graphs, where the engine can
 * @throws RangeError if values of the config don't fit each other
 */
export async function createParts(config: ExperimentConfig, compiled: boolean): Promise<Parts> {
  const root = createRng(config.seed);
  const dataset = await loadDataset(config.dataset);
  const model = createModel(config.model);
  const source = batches(dataset, {
    batchSize: config.batchSize,
    rng: root.split('data'),
    ...(config.dataset.flip !== undefined && { flip: config.dataset.flip }),
  });
  return {
    config,
    dataset,
    batches: model.classes > 0 ? source : withoutLabels(source),
    model,
    sampled: compiled ? jitModel(model) : model,
    compile: compiled ? jit : eager,
    method: createMethod(config.method),
    optimizer: createOptimizer(config.optimizer, config.steps),
    ema: createEma(config.ema),
    extractor: extractors[config.evaluation.extractor](),
    trainRng: root.split('train'),
    sampleRng: root.split('sample'),
  };
}

/** For networks that take none. */
function withoutLabels(source: BatchSource): BatchSource {
  const bare = ({ x0 }: Images): Images => ({ x0 });
  return { ...source, at: async (step) => bare(await source.at(step)) };
}

/**
 * Runs the network once on images of the data set's size.
 *
 * @returns how many weights it has
 * @throws RangeError if it can't work on them
 */
export function checkModel({ model, dataset, trainRng }: Parts): number {
  const [, height = 0, width = 0, channels = 0] = dataset.images.shape;
  const params = model.init(trainRng.split('init'));
  try {
    tf.tidy(() => {
      const labels = model.classes > 0 ? { labels: tf.zeros<tf.Rank.R1>([1], 'int32') } : {};
      model.apply(params, tf.zeros([1, height, width, channels]), tf.zeros([1]), labels);
    });
    return Object.values(params).reduce((sum, { size }) => sum + size, 0);
  } finally {
    tf.dispose(params);
  }
}
