import * as tf from '@tensorflow/tfjs-core';
import { cpuKernel, cpuValues } from './cpu-backend.js';

/** Which of `inSize` source pixels the forward pass takes for each of `outSize` pixels. */
function sources(
  inSize: number,
  outSize: number,
  alignCorners: boolean,
  halfPixelCenters: boolean,
): number[] {
  const scale = alignCorners && outSize > 1 ? (inSize - 1) / (outSize - 1) : inSize / outSize;
  return Array.from({ length: outSize }, (_, i) => {
    const position = halfPixelCenters ? scale * (i + 0.5) : scale * i;
    return Math.min(inSize - 1, alignCorners ? Math.round(position) : Math.floor(position));
  });
}

/**
 * Gradient of `tf.image.resizeNearestNeighbor` on the cpu backend: each pixel of `dy` is added to the pixel that it was
 * copied from. The backend's own kernel reads `dy` with the stride of the input, so it is wrong for every image but
 * the first.
 */
export const resizeNearestNeighborGrad: tf.KernelConfig = cpuKernel<
  'images' | 'dy',
  Pick<tf.ResizeNearestNeighborAttrs, 'alignCorners'> & Partial<tf.ResizeNearestNeighborAttrs>
>(tf.ResizeNearestNeighborGrad, (backend, { images, dy }, { alignCorners, halfPixelCenters = false }) => {
  const [batch, inHeight, inWidth, channels] = images.shape as [number, number, number, number];
  const [, outHeight, outWidth] = dy.shape as [number, number, number, number];
  const gradient = cpuValues(backend, dy);
  const out = new Float32Array(batch * inHeight * inWidth * channels);
  const rows = sources(inHeight, outHeight, alignCorners, halfPixelCenters);
  const columns = sources(inWidth, outWidth, alignCorners, halfPixelCenters);
  let from = 0;
  for (let b = 0; b < batch; b++) {
    for (const row of rows) {
      for (const column of columns) {
        const to = ((b * inHeight + row) * inWidth + column) * channels;
        for (let c = 0; c < channels; c++) out[to + c]! += gradient[from++] as number;
      }
    }
  }
  return backend.makeTensorInfo(images.shape, 'float32', out);
});
