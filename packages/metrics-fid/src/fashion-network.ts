import * as tf from '@tensorflow/tfjs-core';

/** Height and width of the network's images. */
export const FASHION_SIZE = 28;
/** Number of features. */
export const FASHION_DIMENSIONS = 64;

/** The weights by name, with their shapes: `[height, width, in, out]` for a convolution. 131,338 numbers. */
export const FASHION_SHAPES: Readonly<Record<string, readonly number[]>> = Object.freeze({
  'conv0.weight': [5, 5, 1, 32],
  'conv0.bias': [32],
  'conv1.weight': [3, 3, 32, 48],
  'conv1.bias': [48],
  'conv2.weight': [3, 3, 48, 64],
  'conv2.bias': [64],
  'conv3.weight': [3, 3, 64, 64],
  'conv3.bias': [64],
  'conv4.weight': [3, 3, 64, 80],
  'conv4.bias': [80],
  'features.weight': [80, FASHION_DIMENSIONS],
  'features.bias': [FASHION_DIMENSIONS],
  'logits.weight': [FASHION_DIMENSIONS, 10],
  'logits.bias': [10],
});

/**
 * A small convolutional classifier for Fashion-MNIST.
 *
 * The features are a linear map of the averaged last activations: smooth (SiLU, no ReLU that could be dead), close to
 * normally distributed as a Fréchet distance supposes, and all that the logits are computed from.
 *
 * @param weights - float32 tensors of {@link FASHION_SHAPES}; borrowed
 * @param images - float32 `[N,28,28,1]` in [−1, 1]; borrowed
 * @returns float32 `[N,64]` and `[N,10]`; owned by the caller
 */
export function fashionNetwork(
  weights: Readonly<Record<string, tf.Tensor>>,
  images: tf.Tensor4D,
): { features: tf.Tensor2D; logits: tf.Tensor2D } {
  const [features, logits] = tf.tidy(() => {
    const weight = (name: string) => weights[name] as tf.Tensor;
    const conv = (x: tf.Tensor4D, name: string, stride: 1 | 2) => {
      const sum = tf.conv2d(x, weight(`${name}.weight`) as tf.Tensor4D, stride, 'same');
      return tf.add(sum, weight(`${name}.bias`)) as tf.Tensor4D;
    };
    const silu = (x: tf.Tensor4D) => tf.mul(x, tf.sigmoid(x)) as tf.Tensor4D;
    const linear = (x: tf.Tensor2D, name: string) =>
      tf.add(tf.matMul(x, weight(`${name}.weight`) as tf.Tensor2D), weight(`${name}.bias`)) as tf.Tensor2D;

    const half = silu(conv(silu(conv(images, 'conv0', 2)), 'conv1', 1)); // 14×14
    const quarter = silu(conv(half, 'conv2', 2)); // 7×7
    const deep = tf.add(quarter, silu(conv(quarter, 'conv3', 1))) as tf.Tensor4D;
    const last = silu(conv(deep, 'conv4', 1));
    const features = linear(tf.mean(last, [1, 2]) as tf.Tensor2D, 'features');
    return [features, linear(features, 'logits')] as const;
  });
  return { features, logits };
}
