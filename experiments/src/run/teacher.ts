import { isDeepStrictEqual } from 'node:util';
import type { DistillationTeacher } from '@immiscible/consistency';
import type { Params } from '@immiscible/core';
import type { ExperimentConfig } from '../config/experiment.js';
import type { DistillationConfig } from '../registry/method-consistency.js';
import { createMethod } from '../registry/methods.js';
import { createModel } from '../registry/models.js';
import { UsageError } from '../usage-error.js';
import { runFolder } from './folder.js';
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
  const folder = runFolder(path);
  if (folder.read('config.json') === undefined) {
    throw new UsageError(
      `method.training.teacher must be the folder of a run, got ${path}, which has no config.json\n` +
        `To make it: npm start -- --config fashion-edm --out ${path}`,
    );
  }
  const taught = savedConfig(folder);
  const names = taught.twins.map(({ name }) => name);
  const twin = asked ?? (names.at(-1) as string);
  if (!names.includes(twin)) {
    throw new UsageError(`method.training.twin must be one of ${names.join(', ')}, got ${twin}`);
  }
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
