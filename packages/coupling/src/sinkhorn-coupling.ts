import { sinkhorn } from '@immiscible/assignment';
import {
  type BatchTransform,
  check,
  checkInteger,
  checkOptions,
  checkRng,
  type OptionKeys,
  type Rng,
} from '@immiscible/core';
import { checkFinite, readBatch } from './batch-checks.js';
import { costMatrix, type CostName, costValues, pairCost, type PairCost } from './cost.js';
import { permuted, rows } from './rows.js';

/** Options of {@link sinkhornCoupling}. */
export interface SinkhornCouplingOptions {
  /**
   * Strength of the entropy, in standard deviations of the costs: toward 0 the assignment, toward infinity independent pairs.
   * @defaultValue 0.1
   */
  readonly epsilon?: number;
  /** What a pair costs. @defaultValue `'squaredL2'`, optimal transport's */
  readonly cost?: CostName | PairCost;
  /** How many images to couple at once; see core's `BatchTransform.pool`. @defaultValue one batch */
  readonly pool?: number;
  /** @defaultValue 1000 */
  readonly maxIterations?: number;
}

/**
 * Entropic optimal transport: pairs drawn from Sinkhorn's plan without taking any noise twice, as softened assignment.
 *
 * Images choose in random order, image i noise j with the probability of the plan's `P[i,j]` among the noises that are left. So every
 * noise of the batch is used once, and noise over all images is still N(0, I); independent draws from the plan's rows, as is
 * usual, use some noises twice and others never.
 *
 * O(B²) per iteration: for batches up to about a thousand.
 *
 * @param options - strength of the entropy, cost and pool
 * @throws RangeError for options out of range; from the transform if images or noise aren't finite, or the plan has not converged
 * @see Cuturi 2013 (arXiv:1306.0895); Pooladian et al. 2023, multisample flow matching (arXiv:2304.14772)
 */
export function sinkhornCoupling(options: SinkhornCouplingOptions = {}): BatchTransform {
  const fn = 'sinkhornCoupling';
  checkOptions(fn, options, {
    epsilon: true,
    cost: true,
    pool: true,
    maxIterations: true,
  } satisfies OptionKeys<SinkhornCouplingOptions>);
  const { epsilon = 0.1, cost = 'squaredL2', pool, maxIterations = 1000 } = options;
  check(Number.isFinite(epsilon) && epsilon > 0, fn, 'epsilon', 'a positive number', epsilon);
  checkInteger(fn, 'maxIterations', maxIterations, 1);
  if (pool !== undefined) checkInteger(fn, 'pool', pool, 1);
  const costOf = pairCost(fn, cost);

  const transform: BatchTransform = (batch, rng) => {
    const { x0, noise } = readBatch(fn, batch);
    checkFinite(fn, { x0, noise });
    const count = x0.shape[0] as number;
    if (count < 2) return batch;
    checkRng(fn, rng);
    const costs = costMatrix(fn, costOf, rows(x0), rows(noise));
    const values = costValues(fn, costs);
    const { plan, converged, error } = sinkhorn(costs, {
      epsilon: epsilon * (deviation(values) || 1),
      maxIterations,
      // Of the columns' masses: what the draws without repetition even out anyway.
      tolerance: 0.01,
    });
    if (!converged) {
      throw new RangeError(
        `${fn}: epsilon must let the plan converge in ${maxIterations} iterations, got ${epsilon} (masses off by ` +
          `${error.toPrecision(2)}); raise it or maxIterations, or take linearAssignment`,
      );
    }
    return { ...batch, noise: permuted(noise, drawPairs(plan, count, rng)) };
  };
  return pool === undefined ? transform : Object.assign(transform, { pool });
}

/** A noise for each image, none twice: `plan` is `[count, count]`, row-major. */
function drawPairs(plan: Float64Array, count: number, rng: Rng): Int32Array {
  const left = Int32Array.from({ length: count }, (_, j) => j);
  const chosen = new Int32Array(count);
  let remaining = count;
  for (const i of rng.permutation(count)) {
    const own = plan.subarray(i * count, (i + 1) * count);
    let mass = 0;
    for (let k = 0; k < remaining; k++) mass += own[left[k] as number] as number;
    // Where what is left has no mass that float64 can hold, any will do.
    let target = rng.uniform() * (mass > 0 ? mass : remaining);
    let k = 0;
    for (; k < remaining - 1; k++) {
      target -= mass > 0 ? (own[left[k] as number] as number) : 1;
      if (target < 0) break;
    }
    chosen[i] = left[k] as number;
    left[k] = left[--remaining] as number;
  }
  return chosen;
}

function deviation(values: ArrayLike<number>): number {
  let [mean, squares] = [0, 0];
  for (let k = 0; k < values.length; k++) {
    const value = values[k] as number;
    const before = value - mean;
    mean += before / (k + 1);
    squares += before * (value - mean);
  }
  return Math.sqrt(squares / values.length);
}
