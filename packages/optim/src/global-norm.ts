import * as tf from '@tensorflow/tfjs-core';
import { check, treeLeaves } from '@immiscible/core';
import type { GradientTransformation, TensorTree } from '@immiscible/core/tensors';
import { mapParams } from './map-params.js';

/**
 * The Euclidean norm of all leaves taken as one vector: `√(Σ x²)`. Zero for an empty tree.
 *
 * @param tree - tensors of any shapes; borrowed
 * @returns float32 scalar; owned by the caller
 */
export function globalNorm(tree: TensorTree): tf.Scalar {
  return tf.tidy(() => {
    const squares = treeLeaves(tree).map((leaf) => tf.sum(tf.square(leaf)));
    if (squares.length === 0) return tf.scalar(0);
    return tf.sqrt(squares.length === 1 ? (squares[0] as tf.Tensor) : tf.addN(squares)) as tf.Scalar;
  });
}

/**
 * Shortens the gradients, all by the same factor, to a global norm of at most `maxNorm`:
 * `g·min(1, maxNorm / (‖g‖ + 10⁻⁶))`, as PyTorch's `clip_grad_norm_`. A NaN anywhere makes all of them NaN.
 *
 * @param maxNorm - the largest norm that passes unchanged; positive
 * @throws RangeError unless `maxNorm` is positive
 * @see Pascanu et al. 2013, Algorithm 1 (arXiv:1211.5063)
 */
export function clipByGlobalNorm(maxNorm: number): GradientTransformation<readonly []> {
  check(maxNorm > 0, 'clipByGlobalNorm', 'maxNorm', 'positive', maxNorm);
  const transformation: GradientTransformation<readonly []> = {
    init: () => [],
    scalars: () => ({}),
    update: (updates) => ({
      updates: tf.tidy(() => {
        const factor = tf.minimum(1, tf.div(maxNorm, tf.add(globalNorm(updates), 1e-6)));
        return mapParams(updates, (update) => tf.mul(update, factor));
      }),
      state: [],
    }),
  };
  norms.set(transformation, maxNorm);
  return transformation;
}

const norms = new WeakMap<object, number>();

/** The norm to which a transformation clips, if that is what it does. */
export function clippedNorm(transformation: object): number | undefined {
  return norms.get(transformation);
}
