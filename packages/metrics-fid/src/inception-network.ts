import * as tf from '@tensorflow/tfjs-core';
import {
  INCEPTION_LAYERS,
  type InceptionFeatureLayer,
  type InceptionLayer,
  SPATIAL_CHANNELS,
} from './inception-layers.js';

/** A convolution with its batch norm folded in. */
export interface InceptionConvolution {
  /** float32 `[height,width,in,out]`. */
  readonly kernel: tf.Tensor4D;
  /** float32 `[out]`. */
  readonly bias: tf.Tensor1D;
}

const join = (...parts: tf.Tensor4D[]) => tf.concat(parts, 3) as tf.Tensor4D;
const average = (x: tf.Tensor4D) => tf.avgPool(x, 3, 1, 'same');
const shrink = (x: tf.Tensor4D) => tf.maxPool(x, 3, 2, 'valid');

/** The network's parts: a convolution by its name, chains of them, and the three kinds of blocks. */
function inceptionParts(weights: ReadonlyMap<string, InceptionConvolution>) {
  const conv = (x: tf.Tensor4D, name: string): tf.Tensor4D => {
    const { stride, padding } = INCEPTION_LAYERS.get(name) as InceptionLayer;
    const { kernel, bias } = weights.get(name) as InceptionConvolution;
    return tf.relu(tf.add(tf.conv2d(x, kernel, stride, padding), bias)) as tf.Tensor4D;
  };
  const chain = (x: tf.Tensor4D, prefix: string, count: number): tf.Tensor4D => {
    for (let i = 1; i <= count; i++) x = conv(x, `${prefix}_${i}`);
    return x;
  };
  const blockA = (name: string) => (x: tf.Tensor4D) =>
    join(
      conv(x, `${name}.branch1x1`),
      chain(x, `${name}.branch5x5`, 2),
      chain(x, `${name}.branch3x3dbl`, 3),
      conv(average(x), `${name}.branch_pool`),
    );
  const blockC = (name: string) => (x: tf.Tensor4D) =>
    join(
      conv(x, `${name}.branch1x1`),
      chain(x, `${name}.branch7x7`, 3),
      chain(x, `${name}.branch7x7dbl`, 5),
      conv(average(x), `${name}.branch_pool`),
    );
  const blockE = (name: string, pool: (x: tf.Tensor4D) => tf.Tensor4D) => (x: tf.Tensor4D) => {
    const fork = (x: tf.Tensor4D, prefix: string) => [conv(x, `${prefix}a`), conv(x, `${prefix}b`)];
    return join(
      conv(x, `${name}.branch1x1`),
      ...fork(conv(x, `${name}.branch3x3_1`), `${name}.branch3x3_2`),
      ...fork(chain(x, `${name}.branch3x3dbl`, 2), `${name}.branch3x3dbl_3`),
      conv(pool(x), `${name}.branch_pool`),
    );
  };
  return { conv, chain, blockA, blockC, blockE };
}

/**
 * Inception-v3 as TensorFlow published it on 2015-12-05: up to the third pooling, whose 2,048 averages FID is made of.
 *
 * It differs from later Inceptions in two places: averages at the border are of what is inside only, and the last block
 * pools by the maximum.
 *
 * @param weights - by the names of {@link INCEPTION_LAYERS}; borrowed
 * @param images - float32 `[N,299,299,3]`, about [−1, 1]; borrowed
 * @param layers - which features; what lies behind the last of them isn't computed
 * @returns float32 `[N,D]` for each layer; owned by the caller
 */
export function inceptionNetwork(
  weights: ReadonlyMap<string, InceptionConvolution>,
  images: tf.Tensor4D,
  layers: readonly InceptionFeatureLayer[],
): tf.Tensor2D[] {
  const { conv, chain, blockA, blockC, blockE } = inceptionParts(weights);
  /** Each block's tensors go when its result is there. */
  const block = (x: tf.Tensor4D, body: (x: tf.Tensor4D) => tf.Tensor4D): tf.Tensor4D => {
    const result = tf.tidy(() => body(x));
    if (x !== images) x.dispose();
    return result;
  };

  const found = new Map<InceptionFeatureLayer, tf.Tensor2D>();
  const pooled = (layer: InceptionFeatureLayer, x: tf.Tensor4D): boolean => {
    if (layers.includes(layer)) found.set(layer, tf.mean(x, [1, 2]));
    return layers.every((one) => found.has(one));
  };
  const run = (): void => {
    const names = ['Conv2d_1a_3x3', 'Conv2d_2a_3x3', 'Conv2d_2b_3x3'];
    let x = block(images, (x) => shrink(names.reduce(conv, x)));
    if (pooled(64, x)) return;
    x = block(x, (x) => shrink(conv(conv(x, 'Conv2d_3b_1x1'), 'Conv2d_4a_3x3')));
    if (pooled(192, x)) return;
    for (const name of ['Mixed_5b', 'Mixed_5c', 'Mixed_5d']) x = block(x, blockA(name));
    x = block(x, (x) => join(conv(x, 'Mixed_6a.branch3x3'), chain(x, 'Mixed_6a.branch3x3dbl', 3), shrink(x)));
    for (const name of ['Mixed_6b', 'Mixed_6c', 'Mixed_6d', 'Mixed_6e']) {
      x = block(x, blockC(name));
      if (name !== 'Mixed_6d' || !layers.includes('spatial')) continue;
      // The block's first channels are those of its first branch, `mixed_6/conv` in TensorFlow's graph.
      const first = tf.slice(x, [0, 0, 0, 0], [-1, -1, -1, SPATIAL_CHANNELS]);
      found.set('spatial', tf.reshape(first, [images.shape[0], -1]));
      if (layers.length === 1) return;
    }
    if (pooled(768, x)) return;
    x = block(x, (x) =>
      join(chain(x, 'Mixed_7a.branch3x3', 2), chain(x, 'Mixed_7a.branch7x7x3', 4), shrink(x)),
    );
    x = block(x, blockE('Mixed_7b', average));
    x = block(
      x,
      blockE('Mixed_7c', (x) => tf.maxPool(x, 3, 1, 'same')),
    );
    pooled(2048, x);
  };
  return tf.tidy(() => {
    run();
    return layers.map((layer) => found.get(layer) as tf.Tensor2D);
  });
}
