import { check, checkOptions, type OptionKeys } from '@immiscible/core';
import { convertPrediction } from '@immiscible/schedulers';
import * as tf from '@tensorflow/tfjs-core';
import type { SamplerStep } from './run-sampler.js';
import type { GridSolver } from './solver.js';
import { probe } from './view.js';

/** Options of {@link renoised}. */
export interface RenoisedOptions {
  /** σ_min: the ratio of noise to signal that estimates are taken to have already. @defaultValue 0 */
  readonly sigmaMin?: number;
}

/**
 * Consistency models' sampling in several steps: the estimate of the image, noised again to the next lower level, and so on. The
 * samples between steps are images; the last value of the grid says where levels end and isn't asked about.
 *
 * `x = D(first, u₁)`, then `x = D(s·x + √(n² − s²·σ_min²)·z, u)` for each further level
 *
 * Other models' estimates of the image are means of many: blurred in few steps.
 *
 * @param options - the level that estimates are taken to have
 * @throws RangeError if an option is unknown or out of range
 * @see Song et al. 2023, Algorithm 1 (arXiv:2303.01469)
 */
export function renoised(options: RenoisedOptions = {}): GridSolver {
  const fn = 'renoised';
  checkOptions(fn, options, { sigmaMin: true } satisfies OptionKeys<RenoisedOptions>);
  const { sigmaMin = 0 } = options;
  check(sigmaMin >= 0 && sigmaMin < Infinity, fn, 'sigmaMin', 'at least 0', sigmaMin);
  return {
    steps: (view, grid) =>
      grid.slice(0, -1).map((u, i): SamplerStep => {
        const { place, time, ask, x0 } = probe(view, u);
        const { signalScale: s, noiseScale: n } = place;
        const added = Math.sqrt(Math.max(0, n ** 2 - (s * sigmaMin) ** 2));
        return {
          time,
          update: (xt, predict, noise) => {
            const image = s === 1 ? xt : tf.mul<tf.Tensor4D>(xt, s);
            const noisy: tf.Tensor4D = i === 0 ? xt : tf.add(image, tf.mul(noise(), added));
            return convertPrediction(noisy, ask(noisy, predict), x0);
          },
        };
      }),
  };
}
