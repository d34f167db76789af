import * as tf from '@tensorflow/tfjs-core';
import { countersOf, randomWords, WORDS } from './random-words.js';

/** Sets some activations to zero and scales the others, which is all that a layer needs to know of it. */
export type Dropout = (x: tf.Tensor4D) => tf.Tensor4D;

/** Dropout of one application of a network. */
export interface DropoutMasks {
  /** The dropout of one layer. */
  readonly of: (name: string) => Dropout;
}

/** What is dropped where; `name` is a layer's and `count` its number of channels. */
export interface DropoutLayers {
  declare(name: string, count: number): void;
  /** @param pixels - of a batch, at the largest layer */
  masks(seed: tf.Scalar, pixels: number): DropoutMasks;
}

/**
 * Dropout in the layers of a network: each activation is zero with probability `rate`, and otherwise divided by
 * `1 − rate`, so that its mean stays. Which ones is a function of the seed, of the layer's name and of the activation's
 * place: the same on every backend, in a recorded step and out of one.
 *
 * With random words a, c for every pixel and b (odd), d for every channel, the activation at (i, j) is dropped where
 * `frac((a_i·b_j + c_i·d_j) / 4096) < rate`: uniform, and for any two activations independent but for a chance that the
 * words have a common factor. All of it is exact in float32, and takes 9 passes over the activations where a hash of
 * each would take 90. The rate is rounded to a multiple of 1/4096, and that is what the scale is made for.
 *
 * @see Srivastava et al. 2014, "Dropout"
 */
export function dropoutLayers(rate: number): DropoutLayers {
  const layers = new Map<string, { readonly start: number; readonly count: number }>();
  let channels = 0;
  const kept = 1 - Math.min(Math.round(rate * WORDS), WORDS - 1) / WORDS;
  return {
    declare(name, count) {
      layers.set(name, { start: channels, count });
      channels += count;
    },
    masks(seed, pixels) {
      // One call for all layers: most of its price is that of its operations, not of their sizes.
      const places = [...layers].map(([name, { count }]) => countersOf(`${name}.dropout`, count));
      places.push(countersOf('pixels', pixels));
      const words = randomWords(seed, {
        low: joined(places.map(({ low }) => low)),
        high: joined(places.map(({ high }) => high)),
      });
      const odd = tf.sub(tf.mul(tf.floor(tf.div(words.first, 2)), 2), WORDS / 2 - 1);
      const any = tf.sub(words.second, WORDS / 2);
      const factors = [odd, any].map((x) => tf.div<tf.Tensor1D>(x, WORDS));
      return {
        of: (name) => (x) => {
          const { start, count } = layers.get(name) as { start: number; count: number };
          const rows = x.size / count;
          const terms = [words.first, words.second].map((word, k) => {
            const column = tf.reshape(tf.slice1d(word, channels, rows), [rows, 1]);
            return [column, tf.reshape(tf.slice1d(factors[k] as tf.Tensor1D, start, count), [1, count])];
          });
          return dropped(x, terms.flat(), kept);
        },
      };
    },
  };
}

function dropped(x: tf.Tensor4D, words: tf.Tensor[], kept: number): tf.Tensor4D {
  const operation = tf.customGrad((...inputs) => {
    const [a, b, c, d] = words as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
    const v = tf.add(tf.mul(a, b), tf.mul(c, d));
    // ⌊v + kept⌋ − ⌊v⌋ is 1 where v's fraction is 1 − kept or more, and else 0.
    const keep = tf.sub(tf.floor(tf.add(v, kept)), tf.floor(v));
    const mask: tf.Tensor4D = tf.reshape(tf.mul(keep, 1 / kept), x.shape);
    (inputs[1] as tf.GradSaveFunc)([mask]);
    return {
      value: tf.mul<tf.Tensor4D>(x, mask),
      gradFunc: (dy: tf.Tensor4D, saved: tf.Tensor[]) => tf.mul<tf.Tensor4D>(dy, saved[0] as tf.Tensor4D),
    };
  });
  return operation(x);
}

function joined(arrays: readonly Int32Array[]): Int32Array {
  const all = new Int32Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const array of arrays) {
    all.set(array, at);
    at += array.length;
  }
  return all;
}
