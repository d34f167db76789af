import type { Model, Params } from '@immiscible/core/tensors';
import { runSolver, samplerOptions, type Solver } from '@immiscible/sampling';
import type { NdArray } from 'ndarray';
import { flowView } from './flow-view.js';
import { type FlowSamplerOptions, requestedTimes } from './flow-times.js';

/** A sampler with fixed steps: its name, its solver, and what it was given. */
export interface FlowRun {
  readonly fn: string;
  readonly solver: Solver;
  readonly options: FlowSamplerOptions;
}

/** What the samplers with fixed steps share: a solver along the times that the options ask for. */
export function flowSample(
  model: Model,
  params: Params,
  { fn, solver, options }: FlowRun,
): Promise<NdArray<Float32Array>> {
  const grid = requestedTimes(fn, options);
  const { timeScale } = options;
  const view = flowView(timeScale === undefined ? {} : { timeScale });
  return runSolver(model, params, { fn, view, solver, grid, ...samplerOptions(options) });
}
