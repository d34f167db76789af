import { isDeepStrictEqual } from 'node:util';
import type { DistillationTeacher } from '@immiscible/consistency';
import type { Params } from '@immiscible/core';
import * as tf from '@tensorflow/tfjs-core';
import type { ExperimentConfig, FromConfig } from '../config/experiment.js';
import type { DistillationConfig } from '../registry/method-consistency.js';
import { createMethod } from '../registry/methods.js';
import { createModel } from '../registry/models.js';
import { UsageError } from '../usage-error.js';
import { type RunFolder, runFolder } from './folder.js';
import { savedConfig } from './saved-config.js';
import { savedWeights } from './saved-weights.js';

/** A run's diffusion model as the teacher of another. */
export interface Teacher extends DistillationTeacher {
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
  { model, method }: Pick<ExperimentConfig, 'model' | 'method'>,
): Promise<Teacher> {
  const { folder, taught, twin } = openRun(path, asked, 'method.training.teacher', 'method.training.twin');
  const { denoiser } = createMethod(taught.method, taught.steps);
  if (denoiser === undefined) {
    throw new UsageError(
      `method.training.teacher must be a run of a diffusion model (ddim or edm), got ${path}, one of ${taught.method.kind}`,
    );
  }
  const { weights } = await savedWeights(folder, twin);
  const alike = isDeepStrictEqual(taught.model, model) && timeScale(taught.method) === timeScale(method);
  return { denoiser: denoiser(createModel(taught.model)), params: weights, ...(alike && { first: weights }) };
}

/**
 * The weights that a config says to begin with.
 *
 * @returns owned by the caller
 * @throws UsageError if there is no such run, or its network has other weights than `own`
 */
export async function loadFirst({ run, twin: asked }: FromConfig, own: Params): Promise<Params> {
  const { folder, twin } = openRun(run, asked, 'from.run', 'from.twin');
  const { weights } = await savedWeights(folder, twin);
  const differs = [...new Set([...Object.keys(own), ...Object.keys(weights)])].find(
    (name) => !isDeepStrictEqual(own[name]?.shape, weights[name]?.shape),
  );
  if (differs !== undefined) {
    const [expected, got] = [own[differs], weights[differs]].map((tensor) =>
      tensor ? `of shape [${tensor.shape.join(',')}]` : 'not there',
    );
    tf.dispose(weights);
    throw new UsageError(
      `from.run must be a run of the same network, got ${run}, whose ${differs} is ${got}, not ${expected}`,
    );
  }
  return weights;
}

function openRun(
  path: string,
  asked: string | undefined,
  place: string,
  twinPlace: string,
): { folder: RunFolder; taught: ExperimentConfig; twin: string } {
  const folder = runFolder(path);
  if (folder.read('config.json') === undefined) {
    throw new UsageError(
      `${place} must be the folder of a run, got ${path}, which has no config.json\n` +
        `To make it: npm start -- --config fashion-edm --out ${path}`,
    );
  }
  const taught = savedConfig(folder);
  const names = taught.twins.map(({ name }) => name);
  const twin = asked ?? (names.at(-1) as string);
  if (!names.includes(twin)) {
    throw new UsageError(`${twinPlace} must be one of ${names.join(', ')}, got ${twin}`);
  }
  return { folder, taught, twin };
}

/** Factor on ln σ in the network's time, where that is what it sees. */
function timeScale(method: ExperimentConfig['method']): number | undefined {
  switch (method.kind) {
    case 'consistency':
      return method.timeScale ?? 250;
    case 'edm':
      return method.timeScale ?? 0.25;
    default:
      return undefined;
  }
}
