import type * as tf from '@tensorflow/tfjs-core';
import type { NdArray } from 'ndarray';
import type { Batch } from './batch.js';
import type { Model, Params } from './model.js';
import type { Rng } from './rng.js';

/** Named host arrays that enter a compiled step; their shapes stay the same over a run. */
export type HostInputs = Readonly<Record<string, NdArray<Float32Array> | NdArray<Int32Array>>>;

/** The same names on the device. */
export type Tensors<In> = { readonly [K in keyof In]: tf.Tensor };

/**
 * What a model is trained to do.
 *
 * The noise in the batch is the only noise: `prepare` and `loss` build both the noisy sample and the target from it,
 * so an assignment can't be applied to one and not to the other.
 */
export interface Objective<In extends HostInputs = HostInputs> {
  /** Host side of one step: draws timesteps or noise levels, looks up their coefficients. */
  prepare(batch: Batch, rng: Rng, step: number): In;
  /**
   * Device side, pure: mean loss over the batch.
   *
   * @param aux - weights of a second network where the objective has one (an EMA teacher)
   */
  loss(model: Model, params: Params, inputs: Tensors<In>, aux?: Params): tf.Scalar;
}
