import type { Rng } from '@immiscible/core';
import type { Model } from '@immiscible/core/tensors';
import * as tf from '@tensorflow/tfjs-core';
import ndarray, { type NdArray } from 'ndarray';

/** A run whose every number another program can compute as well, without this project's random numbers. */
export interface ClosedFormRun {
  /** One image. */
  readonly count: 1;
  /** Of four pixels. */
  readonly imageShape: readonly [4, 1, 1];
  /** What the sampler starts from. */
  readonly initial: NdArray<Float32Array>;
  /** The k-th noise that is drawn is `1.3·cos(1.7·k + 0.9·j + 0.4)` in pixel j. */
  readonly rng: Rng;
}

/** `tanh(0.8·x + 0.5·sin(time/100))`: a network that isn't linear and looks at the time. */
export const closedFormModel: Model = {
  init: () => ({}),
  apply: (_, x, time) => {
    const bend = tf.mul(tf.sin(tf.div(time, 100)), 0.5);
    return tf.tanh(tf.add(tf.mul(x, 0.8), tf.reshape(bend, [-1, 1, 1, 1])));
  },
};

/**
 * A run of a sampler with {@link closedFormModel}, anew for each call: its stream counts its draws.
 *
 * @param start - the four pixels that it starts from. @defaultValue 0.7, −1.1, 0.3, 1.9
 */
export function closedFormRun(start: readonly number[] = [0.7, -1.1, 0.3, 1.9]): ClosedFormRun {
  const initial = ndarray(Float32Array.from(start), [1, 4, 1, 1]);
  return { count: 1, imageShape: [4, 1, 1], initial, rng: closedFormStream() };
}

function closedFormStream(): Rng {
  let k = 0;
  const fillNormal = (out: Float32Array) => {
    out.forEach((_, j) => (out[j] = 1.3 * Math.cos(1.7 * k + 0.9 * j + 0.4)));
    k++;
    return out;
  };
  return { split: () => ({ fillNormal }) } as unknown as Rng;
}
