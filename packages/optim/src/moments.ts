import * as tf from '@tensorflow/tfjs-core';
import { check, type OptionKeys } from '@immiscible/core';
import type { Params } from '@immiscible/core/tensors';
import { mapParams, paramOf } from './map-params.js';

/** Options that Adam and its kin share. */
export interface MomentOptions {
  /** @defaultValue 0.9 */
  readonly beta1?: number;
  /** @defaultValue 0.999 */
  readonly beta2?: number;
  /** @defaultValue 1e-8 */
  readonly epsilon?: number;
}

/**
 * What Adam and its kin remember: fading *sums* of the gradients and of their squares, `Σ_i β^(t−i)·g_i`. Divided by
 * the sum of their weights they are the bias-corrected means of the papers, `m̂ = gradientSum / Σ_k β1^k` and
 * `v̂ = squareSum / Σ_k β2^k`. Sums cost five operations a parameter and step where means cost seven, and leave all
 * corrections to the host.
 */
export type MomentState = {
  readonly gradientSum: Params;
  readonly squareSum: Params;
};

/** For those who take them, which refuse other keys. */
export const MOMENT_KEYS: OptionKeys<MomentOptions> = { beta1: true, beta2: true, epsilon: true };

/** Checks and fills in what `fn` was given. */
export function momentOptions(fn: string, options: MomentOptions): Required<MomentOptions> {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
  check(beta1 >= 0 && beta1 < 1, fn, 'beta1', 'in [0, 1)', beta1);
  check(beta2 >= 0 && beta2 < 1, fn, 'beta2', 'in [0, 1)', beta2);
  check(epsilon >= 0, fn, 'epsilon', 'non-negative', epsilon);
  return { beta1, beta2, epsilon };
}

/** The sum of the weights after step `step`: `1 + β + … + β^step`, without cancellation for β near 1. */
export function fadingWeight(beta: number, step: number): number {
  return -Math.expm1((step + 1) * Math.log(beta)) / (1 - beta);
}

/** Nothing remembered yet: zeros. */
export function zeroMoments(params: Params): MomentState {
  return { gradientSum: mapParams(params, tf.zerosLike), squareSum: mapParams(params, tf.zerosLike) };
}

/** The sums after one more gradient. */
export function addMoments(
  fn: string,
  gradients: Params,
  state: MomentState,
  beta1: number,
  beta2: number,
): MomentState {
  const fade1 = tf.scalar(beta1);
  const fade2 = tf.scalar(beta2);
  return {
    gradientSum: mapParams(gradients, (g, name) =>
      tf.add(tf.mul(paramOf(fn, 'state', state.gradientSum, name), fade1), g),
    ),
    squareSum: mapParams(gradients, (g, name) =>
      tf.add(tf.mul(paramOf(fn, 'state', state.squareSum, name), fade2), tf.square(g)),
    ),
  };
}
