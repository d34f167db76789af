import * as tf from '@tensorflow/tfjs-core';
import { check } from '@immiscible/core';
import type { GradientTransformation } from '@immiscible/core/tensors';
import { mapParams, paramOf, scalarOf } from './map-params.js';
import { asSchedule, type ScheduleLike } from './schedule.js';
import { tidyTree } from './tidy-tree.js';

/**
 * Gradients to a descent step: `−η·g`. Alone it is gradient descent; at the end of a chain it sets the step size.
 *
 * @param learningRate - η, or a schedule of it
 */
export function scaleByLearningRate(learningRate: ScheduleLike): GradientTransformation<readonly []> {
  const rate = asSchedule('scaleByLearningRate', 'learningRate', learningRate);
  return {
    init: () => [],
    scalars: (step) => ({ scale: -rate(step) }),
    update: (updates, _state, _params, scalars) =>
      tidyTree(() => {
        const scale = scalarOf('scaleByLearningRate', scalars, 'scale');
        return { updates: mapParams(updates, (update) => tf.mul(update, scale)), state: [] };
      }),
  };
}

/**
 * `g + λ·w`: before Adam it is L2 regularization, after it decoupled decay.
 *
 * @param weightDecay - λ, at least 0
 */
export function addDecayedWeights(weightDecay: number): GradientTransformation<readonly []> {
  check(weightDecay >= 0, 'addDecayedWeights', 'weightDecay', 'non-negative', weightDecay);
  return {
    init: () => [],
    scalars: () => ({}),
    update: (updates, _state, params) =>
      tidyTree(() => {
        const decay = tf.scalar(weightDecay);
        return {
          updates: mapParams(updates, (update, name) =>
            tf.add(update, tf.mul(paramOf('addDecayedWeights', 'params', params, name), decay)),
          ),
          state: [],
        };
      }),
  };
}
