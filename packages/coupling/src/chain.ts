import type { BatchTransform } from '@immiscible/core';
import { checkTransform, passed } from './batch-checks.js';
import { independent } from './independent.js';

/**
 * Applies transforms one after the other. All draw from the same stream in turn, so `chain(t)` is `t` to the bit, and
 * `chain()` is {@link independent}.
 *
 * @param transforms - in the order in which they are applied
 * @returns a transform whose `pool` is the largest among its parts'
 */
export function chain(...transforms: readonly BatchTransform[]): BatchTransform {
  transforms.forEach((transform, k) => checkTransform('chain', transform, `transforms[${k}]`));
  if (transforms.length === 0) return independent();
  const pools = transforms.flatMap(({ pool }) => pool ?? []);
  const chained: BatchTransform = async (batch, rng) => {
    let result = batch;
    for (const transform of transforms) result = await passed('chain', transform, result, rng);
    return result;
  };
  return pools.length === 0 ? chained : Object.assign(chained, { pool: Math.max(...pools) });
}
