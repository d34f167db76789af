import * as tf from '@tensorflow/tfjs-core';
import type { GradientTransformation, Params, TensorTree } from '@immiscible/core/tensors';
import { adamForm, fusedAdam, hasFusedAdam } from './fused-adam.js';
import { paramOf } from './map-params.js';
import { tidyTree } from './tidy-tree.js';

/**
 * Runs a transformation on all parameters at once, laid end to end as one vector called `flat`. A network has a
 * hundred small parameters, and each operation on each of them has a fixed price where operations run one by one;
 * this pays the price once, at the cost of one copy of the gradients and one of the updates. Right for whatever works
 * element by element or by the global norm: everything in this package.
 *
 * The order in the vector is that of the names, sorted by code unit.
 *
 * Where the backend has a kernel for it, Adam and its kin run as that one, with the same state and no copies.
 *
 * @param inner - what is applied to the one long vector
 * @example
 * const optimizer = flatten(chain(clipByGlobalNorm(1), adam({ learningRate: 1e-3 })));
 */
export function flatten<S extends TensorTree>(inner: GradientTransformation<S>): GradientTransformation<S> {
  const form = adamForm(inner);
  return {
    init: (params) => tidyTree(() => inner.init({ flat: flatten1d(params, params) })),
    scalars: inner.scalars,
    update: (updates, state, params, scalars) => {
      if (form && Object.keys(updates).length > 0 && hasFusedAdam())
        return fusedAdam(form, { updates, state, params, scalars }) as { updates: Params; state: S };
      return tidyTree(() => {
        const lazyParams: Params = {
          // Most transformations don't look at the weights: no copy unless they do. A new one each time, since it
          // lives no longer than the innermost tidy that asked for it.
          get flat(): tf.Tensor1D {
            return flatten1d(params, updates);
          },
        };
        const result = inner.update({ flat: flatten1d(updates, updates) }, state, lazyParams, scalars);
        return { updates: unflatten(result.updates['flat'] as tf.Tensor1D, updates), state: result.state };
      });
    },
  };
}

/** The parameters that `like` names, end to end. */
function flatten1d(params: Params, like: Params): tf.Tensor1D {
  const names = Object.keys(like).sort();
  const parts = names.map(
    (name) => tf.reshape(paramOf('flatten', 'params', params, name), [-1]) as tf.Tensor1D,
  );
  return tf.concat1d(parts);
}

function unflatten(flat: tf.Tensor1D, like: Params): Params {
  const names = Object.keys(like).sort();
  const sizes = names.map((name) => (like[name] as tf.Tensor).size);
  const parts = names.length === 1 ? [flat] : tf.split(flat, sizes);
  return Object.fromEntries(
    names.map((name, i) => [name, tf.reshape(parts[i] as tf.Tensor, (like[name] as tf.Tensor).shape)]),
  );
}
