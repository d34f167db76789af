import { convertPrediction, type LinearForm } from '@immiscible/schedulers';
import * as tf from '@tensorflow/tfjs-core';
import type { Predict } from './run-batches.js';
import { formsAt, type View } from './view.js';

/** dy/du of samples each of which is at a value of the axis of its own; y as {@link Place} has it. */
export type SlopeField = (y: tf.Tensor4D, us: readonly number[]) => tf.Tensor4D;

/** The derivative of a batch: what {@link probe} is for samples that are all at the same place. */
export function slopeField(view: View, predict: Predict): SlopeField {
  return (y, us) => {
    const readings = us.map((u) => view.read(u));
    const places = us.map((u) => view.frame.at(u));
    const forms = places.map((place, i) => formsAt(view, place, readings[i] as (typeof readings)[0]));
    const xt = eachTimes(
      y,
      places.map(({ scale }) => scale),
    );
    const input = eachTimes(
      xt,
      readings.map(({ input: scale = 1 }) => scale),
    );
    const output = predict(
      input,
      tf.tensor1d(
        readings.map(({ time }) => time),
        'float32',
      ),
    );
    const bounded = view.bound?.(
      formOf(
        xt,
        output,
        readings.map(({ x0 }) => x0),
      ),
    );
    return formOf(
      xt,
      bounded ?? output,
      forms.map(({ slope }) => slope),
    );
  };
}

/** Each sample times its own number. */
export function eachTimes(x: tf.Tensor4D, factors: readonly number[]): tf.Tensor4D {
  return factors.every(isOne) ? x : tf.mul(x, tf.tensor4d([...factors], [factors.length, 1, 1, 1]));
}

function formOf(xt: tf.Tensor4D, output: tf.Tensor4D, forms: readonly LinearForm[]): tf.Tensor4D {
  if (forms.every((form) => form.xt === 0 && isOne(form.output))) return output;
  const each = (of: 'xt' | 'output') => tf.tensor1d(forms.map((form) => form[of]));
  return convertPrediction(xt, output, { xt: each('xt'), output: each('output') });
}

/** To float32. */
function isOne(value: number): boolean {
  return Math.fround(value) === 1;
}
