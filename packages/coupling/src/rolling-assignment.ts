import {
  type Batch,
  type BatchTransform,
  check,
  checkInteger,
  checkOptions,
  type OptionKeys,
} from '@immiscible/core';
import ndarray from 'ndarray';
import { checkFinite, readBatch } from './batch-checks.js';
import { pairCost } from './cost.js';
import { type RollAssignmentOptions, rollAssignment, type RollingPool } from './rolling-pool.js';
import { checkSolver, slice } from './rows.js';

/** Options of {@link rollingAssignment}. */
export interface RollingAssignmentOptions extends RollAssignmentOptions {
  /** How many images arrive and leave at a time: the fewer, the nearer, and the longer it takes. At most `size`. */
  readonly arrivals: number;
  /**
   * How many images the training loop hands over at once. The rolling pool begins empty and ends empty with them, so that a run can be
   * resumed at any multiple; all of them are in memory. At least `size`.
   */
  readonly pool: number;
}

/**
 * Assignment in a rolling pool: images pass through a pool of `size` in their order, `arrivals` at a time, and each leaves with the
 * noise that is its own in the cheapest assignment of all that are in the pool then.
 *
 * Noise over all images is still N(0, I), the very same draws. Beside `linearAssignment({ pool: size })` pairs are some 5 % closer and
 * solving takes `size / arrivals` times as long: see {@link rollAssignment}, and take that where there is a stream instead of pools.
 *
 * @param options - sizes of the rolling pool, cost and solver
 * @returns a transform that draws nothing from its stream
 * @throws RangeError for sizes that don't fit each other; from the transform if images or noise aren't finite or differ in shape
 */
export function rollingAssignment(options: RollingAssignmentOptions): BatchTransform {
  const fn = 'rollingAssignment';
  checkOptions(fn, options, {
    size: true,
    arrivals: true,
    pool: true,
    cost: true,
    solver: true,
  } satisfies OptionKeys<RollingAssignmentOptions>);
  const { arrivals, pool: whole, ...rolling } = options;
  checkInteger(fn, 'size', rolling.size, 1);
  checkInteger(fn, 'arrivals', arrivals, 1);
  checkInteger(fn, 'pool', whole, 1);
  check(arrivals <= rolling.size, fn, 'arrivals', `at most size (${rolling.size})`, arrivals);
  check(whole >= rolling.size, fn, 'pool', `at least size (${rolling.size})`, whole);
  if (rolling.solver !== undefined) checkSolver(fn, rolling.solver);
  if (rolling.cost !== undefined) pairCost(fn, rolling.cost);
  const transform: BatchTransform = (given) => {
    const batch = readBatch(fn, given);
    checkFinite(fn, batch);
    const count = batch.x0.shape[0] as number;
    if (count < 2) return given;
    const noise = new Float32Array(batch.noise.size);
    let filled = 0;
    const deal = (paired: Batch): void => {
      noise.set(paired.noise.data, filled);
      filled += paired.noise.size;
    };
    let pool: RollingPool | undefined;
    for (let from = 0; from < count; from += arrivals) {
      const to = Math.min(count, from + arrivals);
      const own: Batch = { x0: slice(batch.x0, from, to), noise: slice(batch.noise, from, to) };
      const rolled = rollAssignment(pool, own, rolling);
      deal(rolled.batch);
      pool = rolled.pool;
    }
    if (pool) deal(pool.batch);
    return { ...given, noise: ndarray(noise, [...batch.noise.shape]) };
  };
  return Object.assign(transform, { pool: whole });
}
