import type { Model, Params } from '@immiscible/core/tensors';
import { boundOf, runSolver, samplerOptions, type Solver } from '@immiscible/sampling';
import type { NdArray } from 'ndarray';
import { visitedView } from './diffusion-view.js';
import { type DiffusionSamplerOptions, visitedSteps } from './visited-steps.js';

/** A sampler of a diffusion process: its name, its solver, and what it was given. */
export interface DiffusionRun {
  readonly fn: string;
  readonly solver: Solver;
  readonly options: DiffusionSamplerOptions;
}

/** Draws along the timesteps and levels that the options ask for. */
export function diffusionSample(
  model: Model,
  params: Params,
  { fn, solver, options }: DiffusionRun,
): Promise<NdArray<Float32Array>> {
  const visited = visitedSteps(fn, options);
  const view = visitedView(visited, options, boundOf(fn, options));
  const problem = { view, solver, grid: view.reach, initialScale: 1 };
  return runSolver(model, params, { fn, ...problem, ...samplerOptions(options) });
}
