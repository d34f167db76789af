import * as tf from '@tensorflow/tfjs-core';
import { conv2dBackpropFilter, conv2dBackpropInput } from './kernels/conv2d-gradients.js';
import { cast, identity } from './kernels/identity.js';
import { batchMatMul } from './kernels/mat-mul.js';
import { avgPoolGrads, maxPoolGrad } from './kernels/pool-gradients.js';
import { mean, sum } from './kernels/reduce.js';
import { resizeNearestNeighborGrad } from './kernels/resize-nearest-neighbor-grad.js';
import { unsortedSegmentSum } from './kernels/unsorted-segment-sum.js';

const KERNELS: readonly tf.KernelConfig[] = [
  ...avgPoolGrads,
  batchMatMul,
  cast,
  conv2dBackpropFilter,
  conv2dBackpropInput,
  identity,
  maxPoolGrad,
  mean,
  sum,
  unsortedSegmentSum,
  resizeNearestNeighborGrad,
];

/**
 * Registers the kernels that training needs and TF.js's backends lack, have wrong, or have slow; they take the place
 * of the backend's own. Only for backends whose own kernels are registered already, so import those first. Calling it
 * again changes nothing. {@link selectBackend} calls it.
 */
export function registerTrainingKernels(): void {
  for (const config of KERNELS) {
    const { kernelName, backendName } = config;
    if (!tf.getKernel(tf.Add, backendName)) continue;
    // TF.js prints a warning if a kernel is registered over another.
    if (tf.getKernel(kernelName, backendName)) tf.unregisterKernel(kernelName, backendName);
    tf.registerKernel(config);
  }
}
