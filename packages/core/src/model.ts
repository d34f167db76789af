import type * as tf from '@tensorflow/tfjs-core';
import type { Rng } from './rng.js';

/** Weights by name (`"down.0.conv1.weight"`), float32. */
export type Params = Readonly<Record<string, tf.Tensor>>;

/** What a model may be given besides images and time. */
export interface ApplyOptions {
  /** int32 `[B]` class indices, for a class-conditional model. */
  readonly labels?: tf.Tensor1D;
  /** int32 scalar. Dropout is on if and only if it is given. */
  readonly dropoutSeed?: tf.Scalar;
}

/** A network as two pure functions. */
export interface Model {
  /**
   * How many classes its labels are indices of, so that who has labels on the host can check them; on the device they can't be
   * looked at. Absent where the model takes no labels, or any.
   */
  readonly classes?: number;
  /** Fresh weights; the caller owns them. */
  init(rng: Rng): Params;
  /**
   * @param params - as made by `init`; borrowed
   * @param x - float32 `[B,H,W,C]`; borrowed
   * @param time - float32 `[B]`, as the objective scales it (a timestep index, t, or ln σ); borrowed
   * @returns float32 `[B,H,W,C]`; owned by the caller
   */
  apply(params: Params, x: tf.Tensor4D, time: tf.Tensor1D, options?: ApplyOptions): tf.Tensor4D;
}
