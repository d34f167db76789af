import { checkOptions, type OptionKeys } from '@immiscible/core';
import { varianceExploding, type View } from '@immiscible/sampling';
import { karrasSigmas } from '@immiscible/schedulers';
import * as tf from '@tensorflow/tfjs-core';
import {
  consistencyScales,
  type ConsistencyScaling,
  SCALING_KEYS,
  scalingOf,
} from './consistency-function.js';

/** Options of {@link consistencyView}. */
export interface ConsistencyViewOptions extends ConsistencyScaling {
  /** Whether each answer is clipped to [−1, 1]. @defaultValue true */
  readonly clip?: boolean;
}

const KEYS: OptionKeys<ConsistencyViewOptions> = { ...SCALING_KEYS, clip: true };

/** Lowest of Karras' levels, which need one above 0. */
const LOWEST_KARRAS_SIGMA = 0.002;

/**
 * A consistency model as the solvers of `@immiscible/sampling` see it: its answer to where a path begins, taken as the estimate of the
 * clean image. Made for `renoised`; other solvers make many small jumps of it.
 *
 * n steps begin at the n highest of n + 1 of Karras' levels and end at the lowest, where the function is the identity.
 *
 * @param options - `sigmaMin`, `sigmaData` and `timeScale` as in training
 * @throws RangeError if an option is unknown or out of range
 * @see Song et al. 2023, Eq. 5 (arXiv:2303.01469)
 */
export function consistencyView(options: ConsistencyViewOptions = {}): View {
  const fn = 'consistencyView';
  checkOptions(fn, options, KEYS);
  const { clip = true } = options;
  const scaling = scalingOf(fn, options);
  const lowest = scaling.sigmaMin === 0 ? LOWEST_KARRAS_SIGMA : scaling.sigmaMin;
  return {
    frame: varianceExploding,
    read: (sigma) => {
      const { skip, out, in: input, time } = consistencyScales(Math.max(sigma, scaling.sigmaMin), scaling);
      return { time, input, x0: { xt: skip, output: out } };
    },
    grid: (steps) => karrasSigmas(steps + 1, { sigmaMin: lowest }).reverse(),
    reach: [80, lowest],
    initialScale: (sigma) => sigma,
    bound: clip ? (x0) => tf.clipByValue(x0, -1, 1) : undefined,
  };
}
