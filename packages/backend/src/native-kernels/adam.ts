import * as tf from '@tensorflow/tfjs-core';
import { bool, execute, float, int, nativeKernel } from './execute.js';

interface Inputs {
  readonly gradients: tf.Tensor[];
  readonly weights: tf.Tensor[];
  readonly m: tf.Tensor;
  readonly v: tf.Tensor;
  readonly scale: tf.Tensor;
  readonly spread: tf.Tensor;
  readonly epsilon: tf.Tensor;
  readonly decay: tf.Tensor;
}

interface Attributes {
  readonly maxNorm: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly decays: boolean;
}

/**
 * `{gradients, weights, m, v, scale, spread, epsilon, decay}` → `[...updates, m, v]`, as `native/kernels/adam.h` has it; the
 * moments `m` and `v` lie end to end. Weights are read only if they decay.
 */
export const adam: tf.KernelConfig = nativeKernel('ImmiscibleAdam', ({ inputs, attrs, backend }) => {
  const { gradients, weights, m, v, scale, spread, epsilon, decay } = inputs as unknown as Inputs;
  const { maxNorm, beta1, beta2, decays } = attrs as unknown as Attributes;
  const rate = tf.scalar(0); // no averages
  const results = execute(backend, {
    name: 'ImmiscibleAdam',
    attributes: [
      int('N', gradients.length),
      int('A', 0),
      float('max_norm', maxNorm),
      float('beta1', beta1),
      float('beta2', beta2),
      bool('apply', false),
      bool('decays', decays),
    ],
    inputs: [...gradients, ...weights, m, v, scale, spread, epsilon, decay, rate],
    outputs: gradients.length + 2,
  });
  rate.dispose();
  return results;
});
