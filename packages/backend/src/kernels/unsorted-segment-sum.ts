import * as tf from '@tensorflow/tfjs-core';
import { values, wasmKernel } from './wasm-backend.js';

/**
 * `out[s] = Σ_{i: segmentIds[i] = s} x[i]`: the gradient of `tf.gather`, hence of an embedding. Rows with an id outside
 * [0, numSegments) are left out.
 */
export const unsortedSegmentSum: tf.KernelConfig = wasmKernel<'x' | 'segmentIds', tf.UnsortedSegmentSumAttrs>(
  tf.UnsortedSegmentSum,
  (backend, { x, segmentIds }, { numSegments }) => {
    const rest = x.shape.slice(segmentIds.shape.length);
    const out = backend.makeOutput([numSegments, ...rest], x.dtype);
    const size = tf.util.sizeFromShape(rest);
    const from = values(backend, x);
    const ids = backend.typedArrayFromHeap(segmentIds);
    const to = values(backend, out).fill(0);
    for (let i = 0; i < ids.length; i++) {
      const segment = ids[i] as number;
      if (segment < 0 || segment >= numSegments) continue;
      for (let j = 0; j < size; j++) to[segment * size + j]! += from[i * size + j] as number;
    }
    return out;
  },
);
