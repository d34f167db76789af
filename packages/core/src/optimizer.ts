import type * as tf from '@tensorflow/tfjs-core';
import type { Params } from './model.js';
import type { TensorTree } from './step.js';

/** Step-dependent numbers (learning rate, EMA decay): computed on the host, inputs of the compiled step. */
export type Scalars = Readonly<Record<string, number>>;
/** The same on the device. */
export type ScalarTensors = Readonly<Record<string, tf.Scalar>>;

/**
 * A change of gradients on their way to the weights, after optax: scale by Adam's moments, clip, decay … A chain of
 * them is one of them. Pure, so that it can be compiled.
 */
export interface GradientTransformation<S extends TensorTree = TensorTree> {
  /** The state before the first step; owned by the caller. */
  init(params: Params): S;
  /** The numbers that `update` needs at step `step` (0-based); always the same names. */
  scalars(step: number): Scalars;
  /** @returns updates to be added to `params`, and the next state; owned by the caller */
  update(
    updates: Params,
    state: S,
    params: Params,
    scalars: ScalarTensors,
  ): { readonly updates: Params; readonly state: S };
}

/** A running average of the weights. */
export interface WeightAverage {
  /** The numbers that `update` needs at step `step` (0-based); always the same names. */
  scalars(step: number): Scalars;
  /** @returns the next average; owned by the caller */
  update(average: Params, params: Params, scalars: ScalarTensors): Params;
}
