import * as tf from '@tensorflow/tfjs-core';
import ndarray, { type NdArray } from 'ndarray';

/** A network of features, with its weights on the host. */
export interface FeatureNetwork {
  /** D, features of an image. */
  readonly dimensions: number;
  /** Weights by name. */
  readonly weights: ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Float32Array }>;
  /**
   * @param weights - the same as tensors; borrowed
   * @param images - float32 `[N,H,W,C]`; borrowed
   * @returns float32 `[N,D]`; owned by the caller, and the only tensor left over
   */
  apply(weights: Readonly<Record<string, tf.Tensor>>, images: tf.Tensor4D): tf.Tensor2D;
}

/**
 * Features of images, some at a time: weights become tensors once, and no tensor is left in the end, nor after an error.
 *
 * @param network - with its weights on the host
 * @param images - float32 `[N,H,W,C]`, contiguous; borrowed
 * @param batchSize - images per forward pass
 * @param prepare - what a part of the images becomes on the host first
 * @returns float32 `[N,D]`
 */
export async function extractInBatches(
  { dimensions, weights, apply }: FeatureNetwork,
  images: NdArray<Float32Array>,
  batchSize: number,
  prepare: (part: NdArray<Float32Array>) => NdArray<Float32Array> = (part) => part,
): Promise<NdArray<Float32Array>> {
  const [count = 0, ...imageShape] = images.shape;
  const size = imageShape.reduce((product, side) => product * side, 1);
  const features = new Float32Array(count * dimensions);
  const tensors: Record<string, tf.Tensor> = {};
  try {
    for (const [name, { shape, data }] of weights) tensors[name] = tf.tensor(data, [...shape]);
    for (let first = 0; first < count; first += batchSize) {
      const last = Math.min(count, first + batchSize);
      const pixels = images.data.subarray(images.offset + first * size, images.offset + last * size);
      const { data, shape } = prepare(ndarray(pixels, [last - first, ...imageShape]));
      const output = tf.tidy(() =>
        apply(tensors, tf.tensor4d(data, shape as [number, number, number, number])),
      );
      try {
        features.set(await output.data(), first * dimensions);
      } finally {
        output.dispose();
      }
    }
  } finally {
    tf.dispose(tensors);
  }
  return ndarray(features, [count, dimensions]);
}
