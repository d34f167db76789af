import * as tf from '@tensorflow/tfjs-core';
import { view, wasmKernel } from './wasm-backend.js';

/** `tf.clone` without copying: tensors never change, and the backend counts who holds the data. */
export const identity: tf.KernelConfig = wasmKernel<'x', undefined>(tf.Identity, (backend, { x }) => {
  backend.incRef(x.dataId);
  return view(x, x.shape);
});

/**
 * `tf.cast`. Gradients cast float32 to float32 all the time: that copies nothing. A cast to bool asks whether a value
 * is not 0; the backend's own kernel asks for its whole part.
 */
export const cast: tf.KernelConfig = wasmKernel<'x', tf.CastAttrs>(tf.Cast, (backend, { x }, { dtype }) => {
  if (x.dtype === dtype) {
    backend.incRef(x.dataId);
    return view(x, x.shape);
  }
  const out = backend.makeOutput(x.shape, dtype);
  const from = backend.typedArrayFromHeap(x);
  const to = backend.typedArrayFromHeap(out);
  if (dtype === 'bool') for (let i = 0; i < to.length; i++) to[i] = from[i] === 0 ? 0 : 1;
  else to.set(from);
  return out;
});
