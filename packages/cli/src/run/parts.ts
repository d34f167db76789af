import { type BatchSource, createRng, type Images, type Rng } from '@immiscible/core';
import type { Compile, GradientTransformation, Params, WeightAverage } from '@immiscible/core/tensors';
import * as tf from '@tensorflow/tfjs-core';
import { existsSync } from 'node:fs';
import { eager, jit, jitModel } from '@immiscible/jit';
import type { FeatureExtractor } from '@immiscible/metrics-fid';
import type { ExperimentConfig, FromConfig } from '../config/experiment.js';
import { couplesWithinClasses } from '../registry/couplings.js';
import { loadDataset } from '../registry/datasets.js';
import { extractors } from '../registry/extractors.js';
import type { ImageData } from '../registry/image-data.js';
import type { Method } from '../registry/method.js';
import { createMethod } from '../registry/methods.js';
import { createModel, type SampledModel } from '../registry/models.js';
import { createEma, createOptimizer } from '../registry/optimizers.js';
import { loadFirst, loadTeacher } from './teacher.js';

/** What the host side of a training step needs. */
export interface HostParts {
  readonly dataset: ImageData;
  readonly batches: BatchSource;
  readonly model: SampledModel;
  readonly method: Method;
  /** Root of the training's randomness: the same for each twin. */
  readonly trainRng: Rng;
}

/** A config with its names resolved: what the twins have in common. */
export interface Parts extends HostParts {
  readonly config: ExperimentConfig;
  /** The model as samples are drawn with it. */
  readonly sampled: SampledModel;
  /** First weights, where they aren't the network's own. */
  readonly first?: Params;
  /** How a training step is run. */
  readonly compile: Compile;
  /** Whether images, noise and coupling come from a thread of their own. */
  readonly threaded: boolean;
  readonly optimizer: GradientTransformation;
  readonly ema: WeightAverage;
  readonly extractor: FeatureExtractor;
  /** Root of the samples' randomness. */
  readonly sampleRng: Rng;
}

/** How a run is carried out; its results are the same. */
export interface Execution {
  /** Training and sampling run as recorded graphs, where the engine can. */
  readonly compiled: boolean;
  /** The host side of the steps runs in threads, where they can read this code: as built, not as source. */
  readonly threaded: boolean;
}

/** The script of the threads. */
export const hostThread: URL = new URL('./host-thread.js', import.meta.url);

/** @throws RangeError if values of the config don't fit each other */
export async function createHostParts(config: ExperimentConfig): Promise<HostParts> {
  const root = createRng(config.seed);
  const dataset = await loadDataset(config.dataset);
  const model = createModel(config.model);
  const { classes } = dataset;
  if (model.classes > 0 && (classes === 0 || model.classes < classes)) {
    const wanted =
      classes > 0
        ? `0, or at least the ${classes} classes of ${dataset.name}`
        : `0 for ${dataset.name}, which has no labels`;
    throw new RangeError(`model.classes must be ${wanted}, got ${model.classes}`);
  }
  checkWithinClasses(config, model, dataset);
  const flip = config.dataset.kind === 'latents' ? undefined : config.dataset.flip;
  const source = dataset.batches({
    batchSize: config.batchSize,
    rng: root.split('data'),
    ...(flip !== undefined && { flip }),
  });
  return {
    dataset,
    batches: model.classes > 0 ? source : withoutLabels(source),
    model,
    method: createMethod(config.method, config.steps),
    trainRng: root.split('train'),
  };
}

/** A network without classes is trained without labels, whatever the data set has: then there is nothing to couple within. */
function checkWithinClasses(
  { twins }: ExperimentConfig,
  model: SampledModel,
  { name, classes }: ImageData,
): void {
  const twin = twins.findIndex(({ coupling }) => couplesWithinClasses(coupling));
  if (twin < 0 || model.classes > 0) return;
  throw new RangeError(
    `twins.${twin}.coupling.withinClasses must be left out for a network without classes, which is trained without labels; ` +
      (classes > 0
        ? `or set model.classes to ${classes}, as many as ${name} has`
        : `and ${name} has no labels to couple within`),
  );
}

/** @throws RangeError if values of the config don't fit each other */
export async function createParts(
  config: ExperimentConfig,
  { compiled, threaded }: Execution,
): Promise<Parts> {
  const host = await createHostParts(config);
  const { model, dataset } = host;
  const { method } = config;
  const [, ...imageShape] = dataset.shape;
  const taught =
    method.kind === 'consistency' && method.training.kind === 'distillation'
      ? await loadTeacher(method.training, config, { imageShape, labelled: model.classes > 0 })
      : undefined;
  const first = config.from ? await firstWeights(config.from, config, host) : taught?.first;
  return {
    ...host,
    ...(taught && { method: createMethod(method, config.steps, taught.teacher) }),
    ...(first && { first }),
    config,
    sampled: compiled ? jitModel(model) : model,
    compile: compiled ? jit : eager,
    threaded: threaded && existsSync(hostThread),
    optimizer: createOptimizer(config.optimizer, config.steps),
    ema: createEma(config.ema),
    extractor: await extractors[config.evaluation.extractor](imageShape),
    sampleRng: createRng(config.seed).split('sample'),
  };
}

async function firstWeights(
  from: FromConfig,
  config: ExperimentConfig,
  { model, trainRng }: HostParts,
): Promise<Params> {
  const own = model.init(trainRng.split('init'));
  try {
    return await loadFirst(from, config, own);
  } finally {
    tf.dispose(own);
  }
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
  const [, height, width, channels] = dataset.shape;
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
