import { check, checkOptions, type OptionKeys } from '@immiscible/core';
import * as tf from '@tensorflow/tfjs-core';
import type { SamplerStep } from './run-sampler.js';
import type { GridSolver, OneStepSolver } from './solver.js';
import type { View } from './view.js';

/** Options of {@link churned}. */
export interface ChurnOptions {
  /** S_churn: how much noise is renewed over all steps; 0 renews none. */
  readonly churn: number;
  /** S_tmin and S_tmax: the ratios of noise to signal between which it is, both included. @defaultValue all */
  readonly range?: readonly [low: number, high: number];
  /** S_noise: standard deviation of the renewed noise; a little more than 1 makes up for lost detail. @defaultValue 1 */
  readonly noise?: number;
}

/** The largest share by which a level is raised. */
const MAX_CHURN_SHARE = Math.SQRT2 - 1;

/**
 * A solver before each of whose steps noise is added, up to a level σ̂ somewhat above its own: EDM's stochastic sampler, where the
 * solver is Heun's method.
 *
 * With σ the ratio of noise to signal: `σ̂ = σ·(1 + min(S_churn/steps, √2 − 1))`,
 * `x̂ = (ŝ/s)·x + ŝ·√(σ̂² − σ²)·S_noise·z`, then the solver's step from σ̂. Nothing is added to pure noise.
 *
 * @param solver - makes the steps; EDM takes `rungeKutta(HEUN)`
 * @param options - how much noise is renewed, and where
 * @throws RangeError if an option is unknown or out of range
 * @see Karras et al. 2022, Algorithm 2 (arXiv:2206.00364)
 */
export function churned(solver: OneStepSolver, options: ChurnOptions): GridSolver {
  const fn = 'churned';
  checkOptions(fn, options, { churn: true, range: true, noise: true } satisfies OptionKeys<ChurnOptions>);
  const { churn, range = [0, Infinity], noise: spread = 1 } = options;
  check(churn >= 0 && churn < Infinity, fn, 'churn', 'at least 0', churn);
  check(range[0] <= range[1], fn, 'range', '[low, high] with low <= high', range);
  check(spread >= 0 && spread < Infinity, fn, 'noise', 'at least 0', spread);
  return {
    steps: (view, grid) => {
      const share = Math.min(churn / (grid.length - 1), MAX_CHURN_SHARE);
      return grid.slice(1).map((to, i): SamplerStep => {
        const raised = raise(view, grid[i] as number, share, range);
        const { time, run } = solver.move(view, raised.to, to);
        const added = spread * raised.noise;
        return {
          time,
          update: (xt, predict, noise) => {
            const kept: tf.Tensor4D = raised.kept === 1 ? xt : tf.mul(xt, raised.kept);
            return run(added > 0 ? tf.add(kept, tf.mul(noise(), added)) : kept, predict, noise);
          },
        };
      });
    },
  };
}

/** Where a level is raised to, what is left of its samples there, and how much noise comes to them. */
function raise(view: View, from: number, share: number, [low, high]: readonly [number, number]) {
  const { signalScale, noiseScale } = view.frame.at(from);
  const sigma = noiseScale / signalScale;
  if (share === 0 || sigma === Infinity || sigma < low || sigma > high) {
    return { to: from, kept: 1, noise: 0 };
  }
  const higher = sigma * (1 + share);
  const to = view.frame.ofRatio(higher);
  const { signalScale: after } = view.frame.at(to);
  return { to, kept: after / signalScale, noise: after * Math.sqrt(higher ** 2 - sigma ** 2) };
}
