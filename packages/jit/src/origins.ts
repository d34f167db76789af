import type * as tf from '@tensorflow/tfjs-core';
import { nextTensorId } from './engine-hooks.js';
import { type TensorType, typeText } from './graph.js';

/** Tensors that a step uses though it isn't given them, by their data. */
export type Captured = Map<object, tf.Tensor>;

/** Tells where the tensors of a run are from: given to the step, made by it, or from outside. */
export interface Origins {
  /** From outside, so that it has to be captured. */
  isForeign(tensor: tf.Tensor): boolean;
  /**
   * Takes note of a tensor from outside; gives one with its data.
   *
   * @param user - what uses it, for messages
   * @throws Error for one that isn't among those which are fixed
   */
  capture(tensor: tf.Tensor, user: string): tf.Tensor;
  /** The same for the same tensor of two runs. */
  nameOf(tensor: tf.Tensor): string;
}

/**
 * Where tensors that are met from now on are from.
 *
 * @param given - what the step is given
 * @param captured - filled in, or if `fixed` all that there may be; a disposed tensor is taken from here
 */
export function originsOf(given: readonly tf.Tensor[], captured: Captured, fixed: boolean): Origins {
  const indices = new Map(given.map((tensor, i) => [tensor, i]));
  const firstOwn = nextTensorId();
  return {
    isForeign: (tensor) => tensor.id < firstOwn && !indices.has(tensor),
    capture(tensor, user) {
      const known = captured.get(tensor.dataId);
      if (known === undefined) {
        if (fixed) {
          throw new Error(
            `jit: a step must use the same tensors from outside at each run, got another ${tensorText(tensor)} for ${user}; ` +
              'pass it as state or input',
          );
        }
        captured.set(tensor.dataId, tensor);
      }
      return tensor.isDisposed ? (known ?? tensor) : tensor;
    },
    nameOf(tensor) {
      const index = indices.get(tensor);
      if (index !== undefined) return `given ${index}`;
      if (tensor.id >= firstOwn) return `own ${tensor.id - firstOwn}`;
      return `outside ${[...captured.keys()].indexOf(tensor.dataId)}`;
    },
  };
}

/** A tensor for people: `float32 [64,32]`. */
export function tensorText({ dtype, shape }: tf.Tensor): string {
  return typeText({ dtype, shape } as TensorType);
}
