import { check } from '@immiscible/core';
import type { Params } from '@immiscible/core/tensors';
import * as tf from '@tensorflow/tfjs-core';

/**
 * A loss and its gradient with respect to the weights: `∂f/∂w` by the names of `params`. Only these weights, never
 * variables registered elsewhere.
 *
 * @param f - pure; its argument is borrowed
 * @param params - borrowed
 * @returns owned by the caller
 * @throws RangeError if the loss is no scalar or doesn't depend on a weight, naming it
 */
export function valueAndGradients(
  f: (params: Params) => tf.Scalar,
  params: Params,
): { value: tf.Scalar; gradients: Params } {
  const names = Object.keys(params).sort();
  // `tf.valueAndGrads` says only that some gradient is missing; the engine's own function says which.
  const { value, grads } = tf.engine().gradients(
    () => f(params),
    names.map((name) => params[name] as tf.Tensor),
    undefined,
    true,
  ) as { value: tf.Scalar; grads: (tf.Tensor | null | undefined)[] };
  const gradients: Record<string, tf.Tensor> = {};
  names.forEach((name, i) => {
    if (grads[i]) gradients[name] = grads[i];
  });
  const unused = names.filter((name) => !(name in gradients));
  if (value.rank > 0 || unused.length > 0) {
    // Not within `f`: TF.js leaves what it saved for the gradients behind when `f` throws.
    tf.dispose([value, ...Object.values(gradients)]);
    check(value.rank === 0, 'train', "objective.loss's result", 'a scalar', value);
    throw new RangeError(
      `train: the loss must depend on every weight, got ${unused.length} of ${names.length} without a gradient: ` +
        `${unused.slice(0, 5).join(', ')}${unused.length > 5 ? ', …' : ''}; use them in the loss or leave them out of model.init`,
    );
  }
  return { value, gradients };
}
