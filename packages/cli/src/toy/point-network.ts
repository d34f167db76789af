import type { Rng } from '@immiscible/core';
import type { Model, Params } from '@immiscible/core/tensors';
import * as tf from '@tensorflow/tfjs-core';

export interface PointNetworkOptions {
  readonly width: number;
  readonly layers: number;
}

/** Sines and cosines of the time. */
const TIME_FEATURES = 32;

/**
 * A perceptron for points in the plane, as images `[B,1,1,2]` of one pixel: coordinates and a sinusoidal embedding of the time through
 * dense layers with SiLU.
 */
export function pointNetwork({ width, layers }: PointNetworkOptions): Model {
  const sizes = [2 + TIME_FEATURES, ...Array.from({ length: layers }, () => width), 2];
  const last = sizes.length - 2;
  return {
    init: (rng) => {
      const params: Record<string, tf.Tensor> = {};
      for (let i = 0; i <= last; i++) {
        const [rows, cols] = [sizes[i] as number, sizes[i + 1] as number];
        params[`${i}.weight`] = uniform(rows, cols, rng.split(i));
        params[`${i}.bias`] = tf.zeros([cols]);
      }
      return params;
    },
    apply: (params, x, time) =>
      tf.tidy(() => {
        let h = tf.concat2d([tf.reshape(x, [-1, 2]), timeFeatures(time)], 1) as tf.Tensor2D;
        for (let i = 0; i <= last; i++) {
          h = tf.add(tf.matMul(h, weight(params, i)), params[`${i}.bias`] as tf.Tensor);
          if (i < last) h = tf.mul(h, tf.sigmoid(h));
        }
        return tf.reshape(h, [-1, 1, 1, 2]) as tf.Tensor4D;
      }),
  };
}

const weight = (params: Params, i: number) => params[`${i}.weight`] as tf.Tensor2D;

/** Uniform, of the variance of He's for the number of inputs. */
function uniform(rows: number, cols: number, rng: Rng): tf.Tensor2D {
  const limit = Math.sqrt(3 / rows);
  const values = rng.fillUniform(new Float32Array(rows * cols)).map((u) => limit * (2 * u - 1));
  return tf.tensor2d(values, [rows, cols]);
}

function timeFeatures(time: tf.Tensor1D): tf.Tensor2D {
  const half = TIME_FEATURES / 2;
  const frequencies = Float32Array.from({ length: half }, (_, i) => 10_000 ** (-i / (half - 1)));
  const angles = tf.mul(tf.reshape(time, [-1, 1]), tf.tensor2d(frequencies, [1, half]));
  return tf.concat2d([tf.sin(angles) as tf.Tensor2D, tf.cos(angles) as tf.Tensor2D], 1);
}
