import { check, checkOptions, type OptionKeys } from '@immiscible/core';
import type { Model, Params } from '@immiscible/core/tensors';
import * as tf from '@tensorflow/tfjs-core';
import type { NdArray } from 'ndarray';
import { boundOf, ESTIMATE_KEYS, type EstimateOptions } from './estimate-bound.js';
import { classifierFreeGuidance, type GuidanceOptions } from './guidance.js';
import { runBatches, type SamplerBatch } from './run-batches.js';
import { runSampler, type SamplerStep } from './run-sampler.js';
import { SAMPLER_KEYS, type SamplerOptions, samplerOptions } from './sampler-options.js';
import type { AdaptiveSolver, GridSolver, Solver } from './solver.js';
import { checkGrid, type View } from './view.js';

/** Options of {@link sample}. */
export interface SampleOptions extends SamplerOptions, EstimateOptions {
  /** The method that the model was trained by. */
  readonly view: View;
  /** How its ODE or SDE is solved. */
  readonly solver: Solver;
  /** How many steps, along the method's own values. */
  readonly steps?: number;
  /** The values themselves instead: of the axis of the view's frame, n + 1 for n steps, falling. */
  readonly grid?: ArrayLike<number>;
  /** Follows the labels more strongly. */
  readonly guidance?: GuidanceOptions;
}

const KEYS: OptionKeys<SampleOptions> = {
  ...SAMPLER_KEYS,
  ...ESTIMATE_KEYS,
  view: true,
  solver: true,
  steps: true,
  grid: true,
  guidance: true,
};

/**
 * Draws images with any method by any solver.
 *
 * @param model - trained by the view's method
 * @param params - borrowed
 * @param options - `steps` or `grid`; an adaptive solver needs neither, and takes no `steps`. `clip` and `threshold` by default as the view
 * has it: diffusion in discrete steps clips to [−1, 1], the others don't
 * @returns float32 `[count,H,W,C]`, on the host
 * @throws RangeError if an option is unknown or out of range
 * @throws the reason of `signal` if it is aborted
 * @example
 * const images = await sample(model, params, {
 *   view: flowView(), solver: rungeKutta(HEUN), steps: 5, count: 16, imageShape: [28, 28, 1], rng: createRng(0),
 * });
 */
export async function sample(
  model: Model,
  params: Params,
  options: SampleOptions,
): Promise<NdArray<Float32Array>> {
  const fn = 'sample';
  checkOptions(fn, options, KEYS);
  const { view: own, solver, steps, grid, guidance, clip, threshold } = options;
  check(typeof own?.read === 'function', fn, 'view', 'a View', own, 'denoiserView() makes one');
  const { steps: byGrid, solve } = (solver ?? {}) as Partial<GridSolver & AdaptiveSolver>;
  const known = typeof byGrid === 'function' || typeof solve === 'function';
  check(known, fn, 'solver', 'a Solver', solver, 'rungeKutta(HEUN) makes one');
  const bound = clip === undefined && !threshold ? own.bound : boundOf(fn, options);
  const view: View = { ...own, bound };
  const guided = guidance ? classifierFreeGuidance(model, guidance) : model;
  const adaptive = 'solve' in solver;
  const named = (steps === undefined ? 0 : 1) + (grid === undefined ? 0 : 1);
  if (adaptive) {
    check(steps === undefined, fn, 'steps', 'absent with a solver that chooses them', steps, 'leave it out');
  } else {
    const given = { steps, grid: grid && Array.from(grid) };
    check(named === 1, fn, 'options', 'given either steps or grid', given);
  }
  const problem = { view, solver, grid: grid ?? (adaptive ? view.reach : view.grid(steps as number)) };
  return runSolver(guided, params, { fn, ...problem, ...samplerOptions(options) });
}

/** A method's ODE or SDE, and how it is solved. */
export interface Problem {
  /** The method. */
  readonly view: View;
  /** How it is solved. */
  readonly solver: Solver;
  /** Values of the axis, falling. */
  readonly grid: ArrayLike<number>;
  /** What the initial noise is multiplied by, where the view's own won't do. */
  readonly initialScale?: number;
}

/** Options of {@link runSolver}. */
export interface RunSolverOptions extends SamplerOptions, Problem {
  /** The sampler's name, for errors. */
  readonly fn: string;
}

/**
 * {@link sample} for the samplers of methods: their own options have been checked, and errors are theirs.
 *
 * @param model - as the view reads it
 * @param params - borrowed
 * @param options - those that all samplers share, the name and the problem
 * @returns float32 `[count,H,W,C]`, on the host
 */
export async function runSolver(
  model: Model,
  params: Params,
  options: RunSolverOptions,
): Promise<NdArray<Float32Array>> {
  const { fn, view, solver } = options;
  const shared = { fn, ...samplerOptions(options) };
  const grid = checkGrid(fn, 'grid', options.grid);
  const { initialScale = view.initialScale(grid[0] as number) } = options;
  if (!('solve' in solver)) {
    const steps = scaledStart(solver.steps(view, grid), initialScale);
    return runSampler(model, params, { ...shared, steps });
  }
  const solveFrom = solver.solve(fn, view, grid);
  const solve = async (batch: SamplerBatch): Promise<tf.Tensor4D> => {
    if (initialScale === 1) return solveFrom(batch);
    const xt = tf.tidy(() => tf.mul<tf.Tensor4D>(batch.xt, initialScale));
    batch.xt.dispose();
    return solveFrom({ ...batch, xt });
  };
  return runBatches(model, params, { ...shared, solve });
}

/** Steps whose first multiplies the noise that it is given. */
function scaledStart(steps: readonly SamplerStep[], scale: number): SamplerStep[] {
  const [first, ...others] = steps;
  if (first === undefined || scale === 1) return [...steps];
  const update: SamplerStep['update'] = (xt, ...rest) => first.update(tf.mul(xt, scale), ...rest);
  return [{ ...first, update }, ...others];
}
