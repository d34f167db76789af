import { checkInteger, type Rng } from '@immiscible/core';

/** Draws the timesteps of one batch on the host: `count` integers in [0, T). */
export type TimestepDraw = (count: number, timesteps: number, rng: Rng) => Int32Array;

/**
 * Timesteps of one batch, each uniform in [0, T).
 *
 * @param count - batch size
 * @param timesteps - T
 * @returns int32 `[count]`, on the host
 * @throws RangeError if an argument is no integer or too small
 * @see Ho et al. 2020, Algorithm 1 (arXiv:2006.11239)
 */
export function uniformTimesteps(count: number, timesteps: number, rng: Rng): Int32Array {
  checkInteger('uniformTimesteps', 'count', count, 0);
  checkInteger('uniformTimesteps', 'timesteps', timesteps, 1);
  return Int32Array.from({ length: count }, () => rng.integer(0, timesteps));
}
