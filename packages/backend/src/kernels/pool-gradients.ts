import * as tf from '@tensorflow/tfjs-core';
import { cpuKernel, cpuValues } from './cpu-backend.js';
import { values, wasmKernel } from './wasm-backend.js';

type PoolAttrs = tf.AvgPoolGradAttrs | tf.MaxPoolGradAttrs;

/**
 * Calls `visit` for each window of a pooling with the index of its output and the range of its
 * pixels, padding left out.
 */
function forEachWindow(
  shape: readonly number[],
  attrs: PoolAttrs,
  visit: (output: number, image: number, y0: number, y1: number, x0: number, x1: number) => void,
): void {
  const dimRoundingMode = 'dimRoundingMode' in attrs ? attrs.dimRoundingMode : undefined;
  const info = tf.backend_util.computePool2DInfo(
    shape as [number, number, number, number],
    attrs.filterSize,
    attrs.strides,
    1,
    attrs.pad,
    dimRoundingMode,
  );
  const { batchSize, inHeight, inWidth, outHeight, outWidth, strideHeight, strideWidth } = info;
  const { top, left } = info.padInfo;
  let output = 0;
  for (let image = 0; image < batchSize; image++) {
    for (let row = 0; row < outHeight; row++) {
      const y = row * strideHeight - top;
      for (let column = 0; column < outWidth; column++) {
        const x = column * strideWidth - left;
        visit(
          output++,
          image,
          Math.max(0, y),
          Math.min(inHeight, y + info.effectiveFilterHeight),
          Math.max(0, x),
          Math.min(inWidth, x + info.effectiveFilterWidth),
        );
      }
    }
  }
}

/** Each window shares its gradient out among its pixels: those of the image, not those of the padding. */
function averageGradient(
  shape: readonly number[],
  attrs: tf.AvgPoolGradAttrs,
  dy: Float32Array,
  dx: Float32Array,
): void {
  const [, height, width, channels] = shape as [number, number, number, number];
  forEachWindow(shape, attrs, (output, image, y0, y1, x0, x1) => {
    const share = 1 / ((y1 - y0) * (x1 - x0));
    for (let y = y0; y < y1; y++) {
      for (let x = x0; x < x1; x++) {
        const target = ((image * height + y) * width + x) * channels;
        for (let c = 0; c < channels; c++) dx[target + c]! += (dy[output * channels + c] as number) * share;
      }
    }
  });
}

/** Each window hands its gradient to its first largest pixel. */
function maxGradient(
  shape: readonly number[],
  attrs: tf.MaxPoolGradAttrs,
  image: Float32Array,
  dy: Float32Array,
  dx: Float32Array,
): void {
  const [, height, width, channels] = shape as [number, number, number, number];
  forEachWindow(shape, attrs, (output, batch, y0, y1, x0, x1) => {
    for (let c = 0; c < channels; c++) {
      let at = -1;
      for (let y = y0; y < y1; y++) {
        for (let x = x0; x < x1; x++) {
          const index = ((batch * height + y) * width + x) * channels + c;
          if (at < 0 || (image[index] as number) > (image[at] as number)) at = index;
        }
      }
      dx[at]! += dy[output * channels + c] as number;
    }
  });
}

/**
 * Gradient of `tf.maxPool` on wasm. The backend's own kernel starts its search from the smallest positive float, so it
 * drops windows whose maximum is negative.
 */
export const maxPoolGrad: tf.KernelConfig = wasmKernel<'dy' | 'input', tf.MaxPoolGradAttrs>(
  tf.MaxPoolGrad,
  (backend, { dy, input }, attrs) => {
    const out = backend.makeOutput(input.shape, 'float32');
    const dx = values(backend, out).fill(0);
    maxGradient(input.shape, attrs, values(backend, input), values(backend, dy), dx);
    return out;
  },
);

/**
 * Gradient of `tf.avgPool` on wasm and cpu. The backends' own kernels divide by the size of the whole window also where
 * it reaches into the padding, unlike their forward pass.
 */
export const avgPoolGrads: readonly tf.KernelConfig[] = [
  wasmKernel<'dy' | 'input', tf.AvgPoolGradAttrs>(tf.AvgPoolGrad, (backend, { dy, input }, attrs) => {
    const out = backend.makeOutput(input.shape, 'float32');
    const dx = values(backend, out).fill(0);
    averageGradient(input.shape, attrs, values(backend, dy), dx);
    return out;
  }),
  cpuKernel<'dy' | 'input', tf.AvgPoolGradAttrs>(tf.AvgPoolGrad, (backend, { dy, input }, attrs) => {
    const dx = new Float32Array(tf.util.sizeFromShape(input.shape));
    averageGradient(input.shape, attrs, cpuValues(backend, dy), dx);
    return backend.makeTensorInfo(input.shape, 'float32', dx);
  }),
];
