import type { Model, Params } from '@immiscible/core/tensors';
import { boundOf, runSolver, samplerOptions, type Solver } from '@immiscible/sampling';
import type { NdArray } from 'ndarray';
import { levelsView } from './diffusion-view.js';
import { type DiffusionSamplerOptions, levels } from './levels.js';

/** A solver along the timesteps and levels that the options ask for. */
export function diffusionSample(
  fn: string,
  model: Model,
  params: Params,
  solver: Solver,
  options: DiffusionSamplerOptions,
): Promise<NdArray<Float32Array>> {
  const visited = levels(fn, options);
  const view = levelsView(visited, options, boundOf(fn, options));
  const problem = { view, solver, grid: view.reach, initialScale: 1 };
  return runSolver(fn, model, params, problem, samplerOptions(options));
}
