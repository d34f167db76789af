import * as tf from '@tensorflow/tfjs-core';
import { values, wasmKernel } from './wasm-backend.js';

/**
 * Gradient of `tf.maxPool`: each window hands its gradient to its first largest element. The backend's own kernel
 * starts its search from the smallest positive float, so it drops windows whose maximum is negative.
 */
export const maxPoolGrad: tf.KernelConfig = wasmKernel<'dy' | 'input', tf.MaxPoolGradAttrs>(
  tf.MaxPoolGrad,
  (backend, { dy, input }, attrs) => {
    const { filterSize, strides, pad, dimRoundingMode } = attrs;
    const info = tf.backend_util.computePool2DInfo(
      input.shape as [number, number, number, number],
      filterSize,
      strides,
      1,
      pad,
      dimRoundingMode,
    );
    const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, strideHeight, strideWidth } = info;
    const { top, left } = info.padInfo;
    const out = backend.makeOutput(input.shape, 'float32');
    const x = values(backend, input);
    const gradient = values(backend, dy);
    const to = values(backend, out).fill(0);
    for (let b = 0; b < batchSize; b++) {
      for (let row = 0; row < outHeight; row++) {
        const y0 = row * strideHeight - top;
        const y1 = Math.min(inHeight, y0 + info.effectiveFilterHeight);
        for (let column = 0; column < outWidth; column++) {
          const x0 = column * strideWidth - left;
          const x1 = Math.min(inWidth, x0 + info.effectiveFilterWidth);
          for (let c = 0; c < inChannels; c++) {
            let largest = -Infinity;
            let at = -1;
            for (let y = Math.max(0, y0); y < y1; y++) {
              for (let i = Math.max(0, x0); i < x1; i++) {
                const index = ((b * inHeight + y) * inWidth + i) * inChannels + c;
                const value = x[index] as number;
                if (value > largest || at < 0) {
                  largest = value;
                  at = index;
                }
              }
            }
            to[at]! += gradient[((b * outHeight + row) * outWidth + column) * inChannels + c] as number;
          }
        }
      }
    }
    return out;
  },
);
