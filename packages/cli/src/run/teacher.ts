import { existsSync, statSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import type { DistillationTeacher } from '@immiscible/consistency';
import type { Params } from '@immiscible/core/tensors';
import * as tf from '@tensorflow/tfjs-core';
import type { ExperimentConfig, FromConfig, TwinConfig } from '../config/experiment.js';
import type { DistillationConfig } from '../registry/method-consistency.js';
import { createMethod } from '../registry/methods.js';
import { createModel } from '../registry/models.js';
import { UsageError } from '@immiscible/command-line';
import { type RunFolder, runFolder } from './folder.js';
import { linked } from './latest.js';
import { savedConfig } from './saved-config.js';
import { savedWeights } from './saved-weights.js';

/** A run's diffusion model as the teacher of another. */
export interface Teacher {
  readonly teacher: DistillationTeacher;
  /** Its weights once more where a student can start from them: the same network, which sees noise levels as the student's does. */
  readonly first?: Params;
}

/**
 * Opens the run that a config's distillation names.
 *
 * @throws UsageError if there is none, or it has trained no diffusion model
 */
export async function loadTeacher(
  { teacher: path, twin: asked }: DistillationConfig,
  { model, method, steps }: Pick<ExperimentConfig, 'model' | 'method' | 'steps'>,
  images: TeachingImages,
): Promise<Teacher> {
  const { folder, taught, twin } = openRun(path, asked, 'method.training.teacher', 'method.training.twin');
  const { denoiser, view } = createMethod(taught.method, taught.steps);
  if (denoiser === undefined) {
    throw new UsageError(
      `method.training.teacher must be a run of a diffusion model (ddim or edm), got ${path}, one of ${taught.method.kind}`,
    );
  }
  const { weights } = await savedWeights(folder, taught, twin);
  const teacher = { denoiser: denoiser(createModel(taught.model)), params: weights };
  checkTeacher(path, teacher, images);
  const alike = isDeepStrictEqual(taught.model, model) && view === createMethod(method, steps).view;
  return { teacher, ...(alike && { first: weights }) };
}

/** What a student is trained with. */
export interface TeachingImages {
  readonly imageShape: readonly [height: number, width: number, channels: number];
  /** Whether they have labels, and networks take them. */
  readonly labelled: boolean;
}

/** Runs the teacher once, on nothing. */
function checkTeacher(
  path: string,
  { denoiser, params }: DistillationTeacher,
  { imageShape, labelled }: TeachingImages,
): void {
  try {
    tf.tidy(() => {
      const labels = labelled ? { labels: tf.zeros<tf.Rank.R1>([1], 'int32') } : {};
      denoiser.apply(params, tf.zeros([1, ...imageShape]), tf.ones([1]), labels);
    });
  } catch (cause) {
    throw new UsageError(
      `method.training.teacher must be a run on images of ${imageShape.join('×')}${labelled ? ' with' : ' without'} labels, as here, ` +
        `got ${path}: ${(cause as Error).message}`,
      { cause },
    );
  }
}

/**
 * The weights that a config says to begin with.
 *
 * @returns owned by the caller
 * @throws UsageError if there is no such run, or its network has other weights than `own`
 */
export async function loadFirst(
  { run, twin: asked }: FromConfig,
  { method, steps }: Pick<ExperimentConfig, 'method' | 'steps'>,
  own: Params,
): Promise<Params> {
  const { folder, taught, twin } = openRun(run, asked, 'from.run', 'from.twin');
  const [theirs, ours] = [createMethod(taught.method, taught.steps).view, createMethod(method, steps).view];
  if (theirs !== ours) {
    throw new UsageError(
      `from.run must be a run whose network sees noise levels as here (${method.kind}: ${ours}), got ${run} (${taught.method.kind}: ${theirs}); ` +
        'give both methods the same timeScale and sigmaData, or begin without it',
    );
  }
  const { weights } = await savedWeights(folder, taught, twin);
  const differs = [...new Set([...Object.keys(own), ...Object.keys(weights)])].find(
    (name) => !isDeepStrictEqual(own[name]?.shape, weights[name]?.shape),
  );
  if (differs !== undefined) {
    const [expected, got] = [own[differs], weights[differs]].map((tensor) =>
      tensor ? `of shape [${tensor.shape.join(',')}]` : 'not there',
    );
    tf.dispose(weights);
    throw new UsageError(
      `from.run must be a run of the same network, got ${run}, whose ${differs} is ${got}, not ${expected}; ` +
        `compare model in its config.json`,
    );
  }
  return weights;
}

function openRun(
  path: string,
  asked: string | undefined,
  place: string,
  twinPlace: string,
): { folder: RunFolder; taught: ExperimentConfig; twin: TwinConfig } {
  const folder = runFolder(linked(path));
  if (!existsSync(folder.file('config.json'))) {
    const file = statSync(folder.path, { throwIfNoEntry: false })?.isFile() === true;
    throw new UsageError(
      `${place} must be the folder of a run, got ${path}, which ${file ? 'is a file' : 'has no config.json'}\n` +
        'To make one: train a diffusion model on the same images, such as npx @immiscible/cli compare --config fashion-edm --out runs/fashion-edm',
    );
  }
  const taught = savedConfig(folder);
  const twin = asked === undefined ? taught.twins.at(-1) : taught.twins.find(({ name }) => name === asked);
  if (twin === undefined) {
    const names = taught.twins.map(({ name }) => name);
    throw new UsageError(`${twinPlace} must be one of ${names.join(', ')}, got ${asked}`);
  }
  return { folder, taught, twin };
}
