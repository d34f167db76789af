import type * as tf from '@tensorflow/tfjs-core';
import {
  bool,
  execute,
  float,
  float32,
  int,
  type KernelCall,
  type NativeAttribute,
  nativeKernel,
} from './execute.js';

function attributesOf({ attrs }: KernelCall): NativeAttribute[] {
  const { groups, epsilon, silu } = attrs as { groups: number; epsilon: number; silu: boolean };
  return [
    int('groups', groups),
    float('epsilon', epsilon),
    bool('silu', silu),
    float32('Tin'),
    float32('Tout'),
  ];
}

/** `{x, scale, offset, shift?}` → `[y, mean, inverse]`, as `native/kernels/group-norm.h` has it. */
export const groupNorm: tf.KernelConfig = nativeKernel('ImmiscibleGroupNorm', (call) => {
  const { x, scale, offset, shift } = call.inputs as Record<string, tf.Tensor>;
  return execute(call.backend, {
    name: 'ImmiscibleGroupNorm',
    attributes: attributesOf(call),
    inputs: [x, scale, offset, shift],
    outputs: 3,
  });
});

/** `{dy, x, scale, offset, shift?, mean, inverse, addend?}` → `[dx, dscale, doffset, dshift]`. */
export const groupNormGrad: tf.KernelConfig = nativeKernel('ImmiscibleGroupNormGrad', (call) => {
  const { dy, x, scale, offset, shift, mean, inverse, addend } = call.inputs as Record<string, tf.Tensor>;
  return execute(call.backend, {
    name: 'ImmiscibleGroupNormGrad',
    attributes: attributesOf(call),
    inputs: [dy, x, scale, offset, shift, mean, inverse, addend],
    outputs: 4,
  });
});
