import type { CostMatrix } from './assignment.js';

/**
 * Refuses what is no matrix.
 *
 * @throws TypeError if `cost` is no NdArray; RangeError if it hasn't rank 2
 */
export function checkMatrix(fn: string, cost: CostMatrix): void {
  if (typeof cost !== 'object' || cost === null || !Array.isArray(cost.shape)) {
    throw new TypeError(`${fn}: cost must be an NdArray, got ${cost === null ? 'null' : typeof cost}`);
  }
  if (cost.shape.length !== 2) {
    throw new RangeError(`${fn}: cost must have rank 2 [rows, cols], got shape [${cost.shape.join(',')}]`);
  }
}
