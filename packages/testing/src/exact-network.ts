import type { Model } from '@immiscible/core/tensors';
import * as tf from '@tensorflow/tfjs-core';
import { mixtureDenoised, type Scales } from './gaussian-mixture.js';

/** What a network has to answer, as a mixture of the clean image's best estimate and of the noisy sample. */
export interface Answer {
  /** Of the clean image. */
  readonly x0: number;
  /** Of the noisy sample. */
  readonly xt: number;
}

/** What a method trains its networks to answer, at each time that they are given: as its paper says, not as its view reads it. */
export interface MethodNetwork {
  /** How much image and how much noise is in the sample. */
  readonly scales: (time: number) => Scales;
  /** What a perfect network answers. */
  readonly answer: (time: number) => Answer;
  /** What the sample is multiplied by before the network gets it. @defaultValue 1 */
  readonly input?: (time: number) => number;
}

/**
 * The network that no training can beat, for images whose pixels are of the mixture in `mixtureFlow`.
 *
 * @param method - what it is asked, and what it has to answer
 */
export function exactNetwork({ scales, answer, input = () => 1 }: MethodNetwork): Model {
  return {
    init: () => ({}),
    apply: (_, x, time) =>
      tf.tidy(() => {
        const times = Array.from(time.dataSync());
        const column = (of: (t: number) => number) => tf.tensor4d(times.map(of), [times.length, 1, 1, 1]);
        const xt: tf.Tensor4D = tf.div(x, column(input));
        const x0 = mixtureDenoised(xt, times.map(scales));
        const shares = (of: keyof Answer) => column((t) => answer(t)[of]);
        return tf.add(tf.mul(x0, shares('x0')), tf.mul(xt, shares('xt')));
      }),
  };
}
