import type * as tf from '@tensorflow/tfjs-core';
import type { Params, ScalarTensors } from '@immiscible/core/tensors';

/** Parameters of the same names, each made by `f` from the old one. */
export function mapParams(params: Params, f: (value: tf.Tensor, name: string) => tf.Tensor): Params {
  const mapped: Record<string, tf.Tensor> = {};
  for (const name of Object.keys(params)) mapped[name] = f(params[name] as tf.Tensor, name);
  return mapped;
}

/** The parameter called `name`; `fn` and `what` are for the message. */
export function paramOf(fn: string, what: string, params: Params, name: string): tf.Tensor {
  const value = params[name];
  if (value === undefined) throw new RangeError(`${fn}: ${what} must have "${name}", got none`);
  return value;
}

/** The scalar called `name`, which the caller of `fn` owes. */
export function scalarOf(fn: string, scalars: ScalarTensors, name: string): tf.Scalar {
  const value = scalars[name];
  if (value === undefined) {
    throw new RangeError(
      `${fn}: scalars must have "${name}", got none; make one tensor of each of scalars(step)`,
    );
  }
  return value;
}
