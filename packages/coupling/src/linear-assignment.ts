import { type AssignmentSolver, assignPoints, solveAssignment } from '@immiscible/assignment';
import { type BatchTransform, checkInteger, checkOptions, type OptionKeys } from '@immiscible/core';
import type { NdArray } from 'ndarray';
import { checkFinite, readBatch } from './batch-checks.js';
import { costMatrix, type CostName, pairCost, type PairCost } from './cost.js';
import { checkSolver, permuted, rows, solved } from './rows.js';

/** Options of {@link linearAssignment}. */
export interface LinearAssignmentOptions {
  /**
   * Finds the cheapest pairing; any of `@immiscible/assignment`'s solvers, or one of yours.
   * @defaultValue `solveAssignment`; `assignPoints`, which needs no matrix of costs, for more than 8,192 images at the costs `'l2'` and
   * `'squaredL2'`
   */
  readonly solver?: AssignmentSolver;
  /**
   * What a pair costs.
   * @defaultValue `'l2'`, the papers'
   */
  readonly cost?: CostName | PairCost;
  /**
   * How many images to assign at once, from several consecutive batches; see core's `BatchTransform.pool`.
   * @defaultValue one batch
   */
  readonly pool?: number;
}

/** From more images on the matrix of costs takes more memory than finding the pairs without it. */
const STORED = 8192;

/**
 * Immiscible diffusion: permutes the noise of a batch so that the sum of image–noise costs is the least possible.
 *
 * `noise'[i] = noise[π(i)]`, `π = argmin Σ_i cost(x0[i], noise[π(i)])`
 *
 * The batch's noise vectors stay what they were, so noise taken over all images is still N(0, I). Given an image it
 * is not: it leans toward the image, and given a class toward the class's mean (see {@link withinClasses}).
 *
 * @param options - solver, cost and pool
 * @returns a transform that draws nothing from its stream; batches of 0 and 1 come back as they are
 * @throws RangeError from the transform if images or noise aren't finite, or differ in shape, or if the solver
 *   returns no permutation; TypeError for what is no batch or no solver
 * @see Li et al. 2024, Algorithm 1 (arXiv:2406.12303)
 */
export function linearAssignment(options: LinearAssignmentOptions = {}): BatchTransform {
  return assignment('linearAssignment', options, (noise) => noise);
}

/**
 * The transform that assigns noise by the cost of another array in its stead.
 *
 * @param seen - the noise as the cost sees it, `[B,D]`
 */
export function assignment(
  fn: string,
  options: LinearAssignmentOptions,
  seen: (noise: NdArray<Float32Array>) => NdArray<Float32Array>,
): BatchTransform {
  checkOptions(fn, options, {
    solver: true,
    cost: true,
    pool: true,
  } satisfies OptionKeys<LinearAssignmentOptions>);
  const { solver, cost = 'l2', pool } = options;
  if (solver !== undefined) checkSolver(fn, solver);
  const costOf = pairCost(fn, cost);
  if (pool !== undefined) checkInteger(fn, 'pool', pool, 1);

  const pairs = (images: NdArray<Float32Array>, noise: NdArray<Float32Array>): Int32Array => {
    const count = images.shape[0] as number;
    if (!solver && count > STORED && (cost === 'l2' || cost === 'squaredL2')) {
      return assignPoints(images, noise, { metric: cost }).rowToCol;
    }
    return solved(fn, solver ?? solveAssignment, costMatrix(fn, costOf, images, noise), count);
  };
  const transform: BatchTransform = (batch) => {
    const { x0, noise } = readBatch(fn, batch);
    checkFinite(fn, { x0, noise });
    if ((x0.shape[0] as number) < 2) return batch;
    return { ...batch, noise: permuted(noise, pairs(rows(x0), seen(rows(noise)))) };
  };
  return pool === undefined ? transform : Object.assign(transform, { pool });
}
