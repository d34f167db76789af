import type * as tf from '@tensorflow/tfjs-core';
import type { Predict, SamplerBatch } from './run-batches.js';
import type { SamplerStep } from './run-sampler.js';
import type { View } from './view.js';

/** A way to get from noise to images whose steps are known beforehand. */
export interface GridSolver {
  /** @param grid - values of the view's axis, falling; a step leads from each to the next */
  readonly steps: (view: View, grid: readonly number[]) => SamplerStep[];
}

/** What a step between two values of the axis does to a sample. */
export interface Move {
  /** The time that the network is given first. */
  readonly time: number;
  /** Runs inside `tf.tidy`; returns a new tensor. */
  readonly run: (xt: tf.Tensor4D, predict: Predict, noise: () => tf.Tensor4D) => tf.Tensor4D;
}

/** A solver whose steps know nothing of each other: `churned` can raise the noise between them. */
export interface OneStepSolver extends GridSolver {
  /** The step between two values of the axis, whatever was before it. */
  readonly move: (view: View, from: number, to: number) => Move;
}

/** A way that finds its steps as it goes. */
export interface AdaptiveSolver {
  /** From the start of a batch, at the first of the legs' values, to its images; disposes of the start. */
  readonly solve: (
    fn: string,
    view: View,
    legs: readonly number[],
  ) => (batch: SamplerBatch) => Promise<tf.Tensor4D>;
}

/** Any of them. */
export type Solver = GridSolver | OneStepSolver | AdaptiveSolver;

/** The solver that makes each step so. */
export function oneStep(move: OneStepSolver['move']): OneStepSolver {
  return {
    move,
    steps: (view, grid) =>
      grid.slice(1).map((to, i): SamplerStep => {
        const { time, run } = move(view, grid[i] as number, to);
        return { time, update: run };
      }),
  };
}
