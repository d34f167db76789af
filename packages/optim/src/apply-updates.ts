import * as tf from '@tensorflow/tfjs-core';
import type { Params } from '@immiscible/core/tensors';
import { mapParams, paramOf } from './map-params.js';

/**
 * The weights after a step: `w + u` for each.
 *
 * @param params - borrowed
 * @param updates - one for each of `params`, of its shape; borrowed
 * @returns new weights; owned by the caller
 * @throws RangeError if a parameter has no update
 */
export function applyUpdates(params: Params, updates: Params): Params {
  return tf.tidy(() =>
    mapParams(params, (value, name) => tf.add(value, paramOf('applyUpdates', 'updates', updates, name))),
  );
}
