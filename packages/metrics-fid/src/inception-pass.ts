import * as tf from '@tensorflow/tfjs-core';
import type { NdArray } from 'ndarray';
import ndarray from 'ndarray';
import { FEATURE_LAYERS, INCEPTION_SIZE, type InceptionFeatureLayer } from './inception-layers.js';
import { type InceptionConvolution, inceptionNetwork } from './inception-network.js';
import type { InceptionFeaturesOptions } from './inception-options.js';
import { type ResizeMode, resizeImage } from './inception-resize.js';
import type { InceptionWeights } from './inception-weights.js';

/**
 * Features of several layers by one pass over the images.
 *
 * @param images - float32 `[1,H,W,3]` or `[1,H,W,1]` each, contiguous; borrowed
 * @returns float32 `[N,D]` for each layer
 */
export async function inceptionPass(
  { convolutions }: InceptionWeights,
  images: readonly NdArray<Float32Array>[],
  layers: readonly InceptionFeatureLayer[],
  { mode, batchSize, quantize }: Required<InceptionFeaturesOptions>,
): Promise<NdArray<Float32Array>[]> {
  const count = images.length;
  const features = layers.map((layer) => {
    const d = FEATURE_LAYERS.get(layer) as number;
    return { d, data: new Float32Array(count * d) };
  });
  const tensors = new Map<string, InceptionConvolution>();
  try {
    for (const [name, { shape, kernel, bias }] of convolutions) {
      tensors.set(name, { kernel: tf.tensor4d(kernel, [...shape]), bias: tf.tensor1d(bias) });
    }
    for (let first = 0; first < count; first += batchSize) {
      const part = images.slice(first, first + batchSize);
      const input = networkInput(part, mode, quantize);
      const shape = [part.length, INCEPTION_SIZE, INCEPTION_SIZE, 3] as [number, number, number, number];
      const outputs = tf.tidy(() => inceptionNetwork(tensors, tf.tensor4d(input, shape), layers));
      try {
        for (const [i, { d, data }] of features.entries()) {
          data.set(await (outputs[i] as tf.Tensor2D).data(), first * d);
        }
      } finally {
        tf.dispose(outputs);
      }
    }
  } finally {
    for (const { kernel, bias } of tensors.values()) tf.dispose([kernel, bias]);
  }
  return features.map(({ d, data }) => ndarray(data, [count, d]));
}

/** Images as the network takes them: 0 … 255, three channels, resized, then about [−1, 1]. */
function networkInput(
  images: readonly NdArray<Float32Array>[],
  mode: ResizeMode,
  quantize: boolean,
): Float32Array {
  const size = INCEPTION_SIZE * INCEPTION_SIZE * 3;
  const input = new Float32Array(images.length * size);
  images.forEach(({ data, shape, offset }, n) => {
    const [, height, width, channels] = shape as [number, number, number, number];
    const pixels = new Float32Array(height * width * 3);
    for (let i = 0; i < pixels.length; i++) {
      const at = channels === 3 ? i : Math.floor(i / 3);
      const value = Math.min(255, Math.max(0, ((data[offset + at] as number) + 1) * 127.5));
      pixels[i] = quantize ? Math.round(value) : value;
    }
    resizeImage(pixels, height, width, 3, INCEPTION_SIZE, mode, input.subarray(n * size, (n + 1) * size));
  });
  // pytorch-fid maps 0 … 255 to [−1, 1]; the other two subtract 128 and divide by it, as TensorFlow's graph does.
  const [middle, half] = mode === 'pytorch' ? [127.5, 127.5] : [128, 128];
  for (let i = 0; i < input.length; i++) input[i] = ((input[i] as number) - middle) / half;
  return input;
}
