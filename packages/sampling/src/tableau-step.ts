import * as tf from '@tensorflow/tfjs-core';
import { sum } from './linear-steps.js';
import type { Tableau } from './tableaus.js';

/** The ODE of a batch whose samples may each be at a place of their own, and have a step of their own length. */
export interface StepOde {
  /** dy/du where so much of the step has been gone: 0 is its beginning, 1 its end. */
  readonly slope: (y: tf.Tensor4D, node: number) => tf.Tensor4D;
  /** A slope times the step in u of each sample. */
  readonly alongStep: (slope: tf.Tensor4D) => tf.Tensor4D;
}

/** Where a step leads, and the slopes that it was made of. */
export interface StagedStep {
  /** Where it leads. */
  readonly y: tf.Tensor4D;
  /** Of the stages, in order. */
  readonly slopes: tf.Tensor4D[];
}

/**
 * One step of an explicit Runge-Kutta method on tensors, where the step is known to the device only: of samples each with
 * its own length, or in a recorded graph whose levels are inputs.
 *
 * `kᵢ = slope(y + h·Σ aᵢⱼ·kⱼ, cᵢ)`, `y′ = y + h·Σ bᵢ·kᵢ`. Within `tf.tidy`.
 *
 * @param tableau - explicit
 * @param y - float32 `[B,H,W,C]`; borrowed
 * @param ode - the derivative, and `first`, where the slope at the beginning is known already
 */
export function tableauStep(
  { nodes, rows, weights }: Tableau,
  y: tf.Tensor4D,
  { slope, alongStep, first }: StepOde & { readonly first?: tf.Tensor4D },
): StagedStep {
  const slopes = [first ?? slope(y, 0)];
  const ahead = (shares: readonly number[]): tf.Tensor4D => tf.add(y, alongStep(sum(shares, slopes)));
  rows.forEach((shares, stage) => {
    if (stage > 0) slopes.push(slope(ahead(shares), nodes[stage] as number));
  });
  return { y: ahead(weights), slopes };
}
