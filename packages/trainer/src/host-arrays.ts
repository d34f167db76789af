import { check, checkLabels, rowMajor } from '@immiscible/core';
import type { HostInputs } from '@immiscible/core/tensors';
import * as tf from '@tensorflow/tfjs-core';
import type { NdArray } from 'ndarray';

/**
 * The device side of a step's host arrays: float32 and int32 tensors by the same names.
 *
 * @param like - shapes of the first step's inputs, filled in by its call; later ones must have the same
 * @param classes - how many the model has, if it says so: of these must be the input `labels`
 * @returns owned by the caller
 * @throws RangeError if a name or shape differs from the first step's, or a label is none; TypeError for other kinds of array
 */
export function toTensors(
  inputs: HostInputs,
  like: Map<string, readonly number[]>,
  classes: number | undefined,
): Record<string, tf.Tensor> {
  const first = like.size === 0;
  const tensors: Record<string, tf.Tensor> = {};
  try {
    for (const [name, array] of Object.entries(inputs)) {
      const label = `objective.prepare's "${name}"`;
      const data: unknown = array.data;
      if (!(data instanceof Float32Array || data instanceof Int32Array)) {
        throw new TypeError(`train: ${label} must hold a Float32Array or an Int32Array`);
      }
      if (first) like.set(name, [...array.shape]);
      const expected = like.get(name);
      check(
        expected !== undefined && expected.join() === array.shape.join(),
        'train',
        label,
        expected
          ? `of shape [${expected.join(',')}] as in the first step`
          : 'among the inputs of the first step',
        array.shape,
      );
      const values = rowMajor('train', label, array as NdArray<Float32Array>);
      // Once they are on the device nobody can look at them.
      if (name === 'labels') checkLabels('train', values, values.length, classes);
      tensors[name] = tf.tensor(values, array.shape, data instanceof Float32Array ? 'float32' : 'int32');
    }
    const missing = [...like.keys()].find((name) => !(name in tensors));
    check(
      missing === undefined,
      'train',
      "objective.prepare's inputs",
      'those of the first step',
      Object.keys(inputs),
    );
  } catch (error) {
    tf.dispose(tensors);
    throw error;
  }
  return tensors;
}
