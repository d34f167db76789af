import * as tf from '@tensorflow/tfjs-core';

/**
 * Whether the backend in use has a kernel of a name: one of ours (`ImmiscibleGroupNorm`), say, without which whoever asks composes
 * operations instead. It is run by `tf.engine().runKernel(name, inputs, attributes)`.
 *
 * @param name - as TF.js's registry of kernels has it
 */
export function hasKernel(name: string): boolean {
  return tf.getKernel(name, tf.getBackend()) !== undefined;
}
