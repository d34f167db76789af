import * as tf from '@tensorflow/tfjs-core';

/** `tf.tidy` for a body that returns a tree of tensors, whose type `tf.tidy` can't express. */
export function tidyTree<T>(body: () => T): T {
  return tf.tidy(body as () => tf.TensorContainer) as T;
}
