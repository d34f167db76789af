import * as tf from '@tensorflow/tfjs-core';
import { adam } from './adam.js';
import { groupNorm, groupNormGrad } from './group-norm.js';

const KERNELS: readonly tf.KernelConfig[] = [groupNorm, groupNormGrad, adam];

/**
 * Makes TF.js know those of our kernels for tfjs-node that are loaded, and no others.
 *
 * @param names - of the operations that TensorFlow knows by now
 * @returns those of them that TF.js knows now
 */
export function registerNativeKernels(names: readonly string[]): string[] {
  for (const config of KERNELS) {
    const { kernelName, backendName } = config;
    const known = tf.getKernel(kernelName, backendName) !== undefined;
    const wanted = names.includes(kernelName);
    if (wanted && !known) tf.registerKernel(config);
    if (!wanted && known) tf.unregisterKernel(kernelName, backendName);
  }
  return KERNELS.map(({ kernelName }) => kernelName).filter((name) => names.includes(name));
}
