import type * as tf from '@tensorflow/tfjs-core';

/** Options of `groupNorm`. */
export interface GroupNormOptions {
  /** Number of groups; divides the number of channels. */
  readonly groups: number;
  /** Added to the variance. */
  readonly epsilon: number;
  /** Whether SiLU follows. */
  readonly silu: boolean;
  /** Float32 `[B,C]`, added to every pixel first; borrowed. @defaultValue none */
  readonly shift?: tf.Tensor2D;
}
