import type { Model, Params } from '@immiscible/core/tensors';
import { runSolver, samplerOptions, type Solver } from '@immiscible/sampling';
import type { NdArray } from 'ndarray';
import { flowView } from './flow-view.js';
import { type FlowSamplerOptions, timesOf } from './time.js';

/** What the samplers with fixed steps share: a solver along the times that the options ask for. */
export function flowSample(
  fn: string,
  model: Model,
  params: Params,
  solver: Solver,
  options: FlowSamplerOptions,
): Promise<NdArray<Float32Array>> {
  const grid = timesOf(fn, options);
  const { timeScale } = options;
  const view = flowView(timeScale === undefined ? {} : { timeScale });
  return runSolver(fn, model, params, { view, solver, grid }, samplerOptions(options));
}
