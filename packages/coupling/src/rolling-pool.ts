import { type AssignmentSolver, pairwiseDistance, solveAssignment } from '@immiscible/assignment';
import {
  type Batch,
  checkInteger,
  checkOptions,
  checkSameShape,
  describe,
  type OptionKeys,
} from '@immiscible/core';
import ndarray, { type NdArray } from 'ndarray';
import { checkFinite, readBatch } from './batch-checks.js';
import { costMatrix, type CostName, costValues, pairCost, type PairCost } from './cost.js';
import { checkSolver, permuted, rows, slice, solved, stacked } from './rows.js';

/** Images and noises that wait in a rolling pool: paired as well as can be, but not for good. Never changed. */
export interface RollingPool {
  /** In order of arrival; noise i is image i's for now. */
  readonly batch: Batch;
  /** Costs of all pairs in it, `[K,K]`; float64 unless the cost is in float32. */
  readonly cost: NdArray<Float32Array> | NdArray<Float64Array>;
}

/** Options of {@link rollAssignment}. */
export interface RollAssignmentOptions {
  /** How many images are assigned at once: those that wait and those that arrive. At least as many as arrive. */
  readonly size: number;
  /** What a pair costs; a function is asked for rectangles of pairs. @defaultValue `'l2'`; the named ones are in float32 here */
  readonly cost?: CostName | PairCost;
  /** @defaultValue `solveAssignment` */
  readonly solver?: AssignmentSolver;
}

/** What {@link rollAssignment} gives. */
export interface Rolled {
  /** To go on with; what waits can be taken as it is: `pool.batch`. */
  readonly pool: RollingPool;
  /** Those that leave, the oldest images with their noises; of 0 images while the pool fills. */
  readonly batch: Batch;
}

/**
 * A batch enters a pool of images and noises that wait, all are assigned anew, and the oldest images leave with their noises.
 *
 * Each call assigns `size` images exactly, so an image gets as near a noise as in a `linearAssignment` over `size` of them, or a nearer one, as
 * it has been in many assignments. And a batch comes out for each that goes in, where a pool of `size` comes out at once. The price is
 * an assignment a batch. It starts afresh: from the prices of the last one it takes longer, for these are those of other noises.
 *
 * Every image leaves once, in the order of arrival, and every noise leaves once: over all, the noise is that which was drawn. An image that enters
 * and the batch that leaves differ, so this is not a `BatchTransform`; {@link rollingAssignment} is one that is made of it.
 *
 * @param pool - what waits, from the last call; undefined at first. Stays as it is
 * @param given - a batch of B images, B ≤ size
 * @param options - size of the pool, cost and solver
 * @returns as many leave as make room for another batch of B: the pool keeps `size − B` images at most
 * @throws RangeError if images or noise aren't finite, differ in shape from each other or from the pool's, or the batch is larger than `size`
 * @example
 * let pool: RollingPool | undefined;
 * for (const drawn of batches) {
 *   const rolled = rollAssignment(pool, drawn, { size: 2048 });
 *   pool = rolled.pool;
 *   use(rolled.batch);
 * }
 * use(pool.batch); // the last ones
 */
export function rollAssignment(
  pool: RollingPool | undefined,
  given: Batch,
  options: RollAssignmentOptions,
): Rolled {
  const fn = 'rollAssignment';
  checkOptions(fn, options, {
    size: true,
    cost: true,
    solver: true,
  } satisfies OptionKeys<RollAssignmentOptions>);
  const { size, cost = 'l2', solver = solveAssignment } = options;
  checkInteger(fn, 'size', size, 1);
  checkSolver(fn, solver);
  checkPool(fn, pool);
  const batch = readBatch(fn, given);
  checkFinite(fn, batch);
  const arriving = batch.x0.shape[0] as number;
  if (arriving > size) {
    throw new RangeError(`${fn}: size must be at least the batch's ${arriving} images, got ${size}`);
  }
  const all = pool ? join(fn, pool.batch, batch) : batch;
  const costs = allCosts(fn, pool, all, arriving, cost);
  const count = all.x0.shape[0] as number;
  const rowToCol = solved(fn, solver, costs, count);

  const leaving = Math.max(0, count - (size - arriving));
  const paired: Batch = { ...all, noise: permuted(all.noise, rowToCol) };
  return {
    batch: part(paired, 0, leaving),
    pool: {
      batch: part(paired, leaving, count),
      cost: reordered(costs, rowToCol, leaving),
    },
  };
}

/** Costs of all pairs: what is known already, and those of new images with all noises and of new noises with old images. */
function allCosts(
  fn: string,
  pool: RollingPool | undefined,
  all: Batch,
  arriving: number,
  cost: CostName | PairCost,
): RollingPool['cost'] {
  const costOf: PairCost =
    cost === 'l2' || cost === 'squaredL2'
      ? (images, noise) => pairwiseDistance(images, noise, { metric: cost, dtype: 'float32' })
      : pairCost(fn, cost);
  const [images, noise] = [rows(all.x0), rows(all.noise)];
  const count = images.shape[0] as number;
  const old = count - arriving;
  const below = costValues(fn, costMatrix(fn, costOf, slice(images, old, count), noise));
  const single = below instanceof Float32Array && !(pool?.cost.data instanceof Float64Array);
  const costs = square(count, single);
  costs.data.set(below, old * count);
  if (!pool || old === 0) return costs;
  const beside = costValues(fn, costMatrix(fn, costOf, slice(images, 0, old), slice(noise, old, count)));
  for (let i = 0; i < old; i++) {
    costs.data.set(pool.cost.data.subarray(i * old, (i + 1) * old), i * count);
    for (let j = 0; j < arriving; j++) {
      costs.data[i * count + old + j] = beside[i * arriving + j] as number;
    }
  }
  return costs;
}

/** @throws TypeError if what is given for a pool isn't one that came from here */
function checkPool(fn: string, pool: RollingPool | undefined): void {
  if (pool === undefined) return;
  if (!ArrayBuffer.isView(pool?.cost?.data) || !pool.batch?.x0 || !pool.batch.noise) {
    throw new TypeError(`${fn}: pool must be undefined or the pool of the last call, got ${describe(pool)}`);
  }
}

function square(count: number, single: boolean): RollingPool['cost'] {
  const shape = [count, count];
  return single
    ? ndarray(new Float32Array(count * count), shape)
    : ndarray(new Float64Array(count * count), shape);
}

/** Costs of those that stay, images from `first` on, each noise in the place of its image. */
function reordered(
  { data, shape }: RollingPool['cost'],
  rowToCol: Int32Array,
  first: number,
): RollingPool['cost'] {
  const count = shape[0] as number;
  const kept = count - first;
  const out = square(kept, data instanceof Float32Array);
  for (let i = 0; i < kept; i++) {
    const from = (first + i) * count;
    for (let j = 0; j < kept; j++) {
      out.data[i * kept + j] = data[from + (rowToCol[first + j] as number)] as number;
    }
  }
  return out;
}

function join(fn: string, before: Batch, batch: Batch): Batch {
  checkSameShape(fn, 'batch.x0', batch.x0.shape.slice(1), "the pool's images", before.x0.shape.slice(1));
  if ((before.labels === undefined) !== (batch.labels === undefined)) {
    throw new RangeError(`${fn}: labels must be in all batches or in none, got both kinds`);
  }
  return {
    x0: stacked(before.x0, batch.x0),
    noise: stacked(before.noise, batch.noise),
    ...(before.labels && batch.labels && { labels: Int32Array.of(...before.labels, ...batch.labels) }),
  };
}

/** Images `from` to `to` (exclusive), with noise and labels, as arrays of their own. */
function part({ x0, noise, labels }: Batch, from: number, to: number): Batch {
  const copy = (array: NdArray<Float32Array>): NdArray<Float32Array> => {
    const { data, shape } = slice(array, from, to);
    return ndarray(data.slice(), shape);
  };
  return { x0: copy(x0), noise: copy(noise), ...(labels && { labels: labels.slice(from, to) }) };
}
