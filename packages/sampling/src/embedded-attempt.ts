import * as tf from '@tensorflow/tfjs-core';
import { sum } from './linear-steps.js';
import { eachTimes, type SlopeField } from './slope-field.js';
import { tableauStep } from './tableau-step.js';
import { DORMAND_PRINCE } from './tableaus.js';

/** What error of a step is good enough, of each pixel. */
export interface Tolerance {
  readonly relativeTolerance: number;
  readonly absoluteTolerance: number;
}

/** Where each image's step begins, and how long it is, downwards. */
export interface Steps {
  readonly from: readonly number[];
  readonly h: readonly number[];
}

/** Where a step of every image leads, whether or not it will do. */
export type Attempt = {
  readonly y: tf.Tensor4D;
  /** The slope there. */
  readonly slope: tf.Tensor4D;
  /** `[B]`, the error's norm in units of the tolerance. */
  readonly error: tf.Tensor1D;
};

/** A step of Dormand and Prince's method, of each image by its own length. Within `tf.tidy`. */
export function attempt(
  field: SlopeField,
  y: tf.Tensor4D,
  slope: tf.Tensor4D,
  { from, h }: Steps,
  tolerance: Tolerance,
): Attempt {
  const down = h.map((step) => -step);
  const alongStep = (change: tf.Tensor4D) => eachTimes(change, down);
  const slopeAt = (at: tf.Tensor4D, node: number) =>
    field(
      at,
      from.map((u, i) => u - node * (h[i] as number)),
    );
  const step = tableauStep(DORMAND_PRINCE, y, { slope: slopeAt, alongStep, first: slope });
  const end = slopeAt(step.y, 1);
  const scale = scaleOf(tf.maximum(tf.abs(y), tf.abs(step.y)), tolerance);
  const norm = rms(tf.div(alongStep(sum(DORMAND_PRINCE.error, [...step.slopes, end])), scale));
  return { y: step.y, slope: tf.clone(end), error: norm };
}

/** `absoluteTolerance + relativeTolerance·size` */
export function scaleOf(size: tf.Tensor, { relativeTolerance, absoluteTolerance }: Tolerance): tf.Tensor {
  return tf.add(tf.mul(size, relativeTolerance), absoluteTolerance);
}

/** Root mean square over each image, `[B]`. */
export function rms(x: tf.Tensor): tf.Tensor1D {
  return tf.sqrt(tf.mean(tf.square(x), [1, 2, 3]));
}

/** Reads a tensor and disposes of it. */
export async function norms(tensor: tf.Tensor1D): Promise<number[]> {
  try {
    return Array.from(await tensor.data());
  } finally {
    tensor.dispose();
  }
}
