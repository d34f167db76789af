import { createRng } from '@immiscible/core';
import * as tf from '@tensorflow/tfjs-core';
import type { FeatureNetwork } from './extract-batches.js';

/** Channels of each convolution's result. */
const WIDTH = 24;

/** Steps of the convolutions, from pixels inward: their results are as large as the image, then half as large, a quarter, an eighth. */
const STRIDES = [1, 2, 2, 2] as const;

/** Number of features: a mean and a deviation of each channel of each convolution's result. */
export const RANDOM_DIMENSIONS: number = 2 * WIDTH * STRIDES.length;

/** The smallest side of images, of which the last convolution's result is a single pixel. */
export const RANDOM_SMALLEST = 8;

/**
 * Four convolutions of 3×3 with ReLU, whose weights are drawn and never trained. Of each result the mean over the image and the
 * standard deviation are features, so images of any size have as many.
 *
 * `W ~ U(−√(6/n), √(6/n))`, n the inputs of a sum (He et al.'s, which keeps the signal's size through ReLU), and
 * `b ~ U(−½, ½)`, so that a filter answers to some values and not to others. Of every other filter the mean over the 3×3 is
 * taken off, for each input: it sees contrast and no brightness, which would else hide all that is fine, such as noise. No
 * function is taken whose last bit an engine may choose: the same seed gives the same bytes everywhere.
 *
 * @param channels - of the images
 * @param seed - an integer in [0, 2^53)
 */
export function randomNetwork(channels: number, seed: number): FeatureNetwork {
  const rng = createRng(seed).split('random-network');
  const weights = new Map<string, { shape: number[]; data: Float32Array }>();
  STRIDES.forEach((_, level) => {
    const stream = rng.split(level);
    const inputs = level === 0 ? channels : WIDTH;
    const bound = Math.sqrt(6 / (9 * inputs));
    const kernel = stream.fillUniform(new Float32Array(9 * inputs * WIDTH));
    const bias = stream.fillUniform(new Float32Array(WIDTH));
    for (let at = 0; at < kernel.length; at++) kernel[at] = (2 * (kernel[at] as number) - 1) * bound;
    for (let pair = 1; pair < inputs * WIDTH; pair += 2) takeOffMean(kernel, pair, inputs * WIDTH);
    weights.set(`${level}.kernel`, { shape: [3, 3, inputs, WIDTH], data: kernel });
    weights.set(`${level}.bias`, { shape: [WIDTH], data: bias.map((u) => u - 0.5) });
  });
  return { dimensions: RANDOM_DIMENSIONS, weights, apply };
}

/** Of the numbers from `first` on, each `step` after the other. */
function takeOffMean(values: Float32Array, first: number, step: number): void {
  let [sum, count] = [0, 0];
  for (let at = first; at < values.length; at += step) {
    sum += values[at] as number;
    count++;
  }
  for (let at = first; at < values.length; at += step) values[at] = (values[at] as number) - sum / count;
}

const apply: FeatureNetwork['apply'] = (weights, images) =>
  tf.tidy(() => {
    let x = images;
    const pooled: tf.Tensor2D[] = [];
    STRIDES.forEach((stride, level) => {
      const sum = tf.conv2d(x, weights[`${level}.kernel`] as tf.Tensor4D, stride, 'same');
      x = tf.relu(tf.add(sum, weights[`${level}.bias`] as tf.Tensor)) as tf.Tensor4D;
      const { mean, variance } = tf.moments(x, [1, 2]);
      pooled.push(mean as tf.Tensor2D, tf.sqrt(variance) as tf.Tensor2D);
    });
    return tf.concat(pooled, 1);
  });
