import * as tf from '@tensorflow/tfjs-core';
import type { GroupNormOptions } from './group-norm-options.js';

const FORWARD = 'ImmiscibleGroupNorm';
const BACKWARD = 'ImmiscibleGroupNormGrad';

/** Whether the backend in use has group normalization as kernels of its own (`@immiscible/backend` says where they come from). */
export function hasFusedGroupNorm(): boolean {
  const backend = tf.getBackend();
  return tf.getKernel(FORWARD, backend) !== undefined && tf.getKernel(BACKWARD, backend) !== undefined;
}

/** `groupNorm` by those kernels, equal but for rounding: two passes over `x` forward and three backward. */
export function fusedGroupNorm(
  x: tf.Tensor4D,
  scale: tf.Tensor1D | tf.Tensor2D,
  offset: tf.Tensor1D | tf.Tensor2D,
  { groups, epsilon, silu, shift }: GroupNormOptions,
): tf.Tensor4D {
  const attributes = { groups, epsilon, silu };
  const operation = tf.customGrad((...inputs) => {
    const given = { x, scale, offset, ...(shift && { shift }) };
    const [value, mean, inverse] = run(FORWARD, given, attributes) as [tf.Tensor4D, tf.Tensor, tf.Tensor];
    (inputs.at(-1) as tf.GradSaveFunc)([mean, inverse, ...Object.values(given)]);
    return {
      value,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [mean, inverse, ...rest] = saved as [tf.Tensor, tf.Tensor, ...tf.Tensor[]];
        const named = Object.fromEntries(Object.keys(given).map((name, i) => [name, rest[i] as tf.Tensor]));
        return run(BACKWARD, { dy, ...named, mean, inverse }, attributes).slice(0, rest.length);
      },
    };
  });
  return shift ? operation(x, scale, offset, shift) : operation(x, scale, offset);
}

function run(kernel: string, inputs: tf.NamedTensorMap, attributes: tf.NamedAttrMap): tf.Tensor[] {
  return tf.engine().runKernel(kernel, inputs, attributes) as tf.Tensor[];
}
