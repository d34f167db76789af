import { checkOptions } from '@immiscible/core';
import { karrasSigmas, SIGMA_RANGE_KEYS, type SigmaRange } from '@immiscible/schedulers';
import { varianceExploding } from './frame.js';
import type { View } from './view.js';

/**
 * A denoiser as solvers see it: a model that takes σ in place of time and answers with the clean image in `x0 + σ·noise`, as
 * `edmDenoiser`, `diffusionDenoiser` and `consistencyFunction` are.
 *
 * @param range - of Karras' levels, the grid's; its last value is 0
 * @throws RangeError if an option is unknown or out of range; at `grid`, for fewer than two steps
 * @see Karras et al. 2022, Eq. 5 (arXiv:2206.00364)
 */
export function denoiserView(range: SigmaRange = {}): View {
  checkOptions('denoiserView', range, SIGMA_RANGE_KEYS, 'range');
  const { sigmaMin = 0.002, sigmaMax = 80 } = range;
  karrasSigmas(2, range);
  return {
    frame: varianceExploding,
    read: (sigma) => ({ time: sigma, x0: { xt: 0, output: 1 } }),
    grid: (steps) => [0, ...karrasSigmas(steps, range)].reverse(),
    reach: [sigmaMax, sigmaMin, 0],
    initialScale: (sigma) => sigma,
  };
}
