import type { Rng } from '@immiscible/core';

/** The images of one pass over the data, in order, each with its coin and its corner. */
export interface Epoch {
  /** Image index by position, a permutation of 0 … n − 1. */
  readonly order: Int32Array;
  /** 1 where the image at that position is to be mirrored; absent if none ever is. */
  readonly flip?: Uint8Array;
  /** Which of the possible windows is cut out at that position; absent if there is only one. */
  readonly corner?: Int32Array;
}

/**
 * Epoch e as a pure function of e. The last two are kept, which is all that a batch across their border needs.
 *
 * @param rng - order from `rng.split('epoch').split(e)`, coins from `rng.split('flip').split(e)`, corners from
 *   `rng.split('crop').split(e)`
 * @param corners - how many windows an image has
 */
export function epochs(count: number, rng: Rng, flip: boolean, corners = 1): (epoch: number) => Epoch {
  const orders = rng.split('epoch');
  const coins = rng.split('flip');
  const crops = rng.split('crop');
  const kept = new Map<number, Epoch>();
  return (e) => {
    let epoch = kept.get(e);
    if (epoch === undefined) {
      epoch = {
        order: orders.split(e).permutation(count),
        ...(flip && { flip: tosses(coins.split(e), count) }),
        ...(corners > 1 && { corner: draws(crops.split(e), count, corners) }),
      };
      for (const old of kept.keys()) if (kept.size > 1) kept.delete(old);
      kept.set(e, epoch);
    }
    return epoch;
  };
}

function tosses(rng: Rng, count: number): Uint8Array {
  return Uint8Array.from({ length: count }, () => rng.uint32() >>> 31);
}

function draws(rng: Rng, count: number, end: number): Int32Array {
  return Int32Array.from({ length: count }, () => rng.integer(0, end));
}
