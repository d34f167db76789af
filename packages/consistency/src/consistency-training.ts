import { checkInteger, checkOptions, type OptionKeys } from '@immiscible/core';
import type { Objective } from '@immiscible/core/tensors';
import { type ConsistencyScaling, SCALING_KEYS, scalingOf } from './consistency-function.js';
import { type ConsistencyInputs, consistencyObjective, meanSquare } from './consistency-objective.js';
import { risingLevels } from './curriculum.js';
import { checkKarrasGrid, sigmaRangeOf } from './karras-grid.js';
import { karrasSigmas, SIGMA_RANGE_KEYS, type SigmaRange } from '@immiscible/schedulers';

/** Options of {@link consistencyTraining}. */
export interface ConsistencyTrainingOptions extends ConsistencyScaling, SigmaRange {
  /** Training steps in all: the noise levels grow finer over them. */
  readonly steps: number;
  /** Intervals between noise levels at the start. @defaultValue 2 */
  readonly first?: number;
  /** At the end. @defaultValue 150 */
  readonly last?: number;
}

const KEYS: OptionKeys<ConsistencyTrainingOptions> = {
  ...SCALING_KEYS,
  ...SIGMA_RANGE_KEYS,
  steps: true,
  first: true,
  last: true,
};

/**
 * Consistency training, CT: the answer at a noise level is to be that of a running average of the weights (the teacher) at the level
 * below. Train it with `teacher: ema({ decay: (step) => teacherDecay(step, 0.9, …), warmup: false })` as an option of `train` of
 * `@immiscible/trainer`; its `ema` is for sampling, and the teacher where there is no other.
 *
 * The distance is the mean square; the paper's results are with LPIPS, a network of its own.
 *
 * @param options - noise levels over the run, and scaling
 * @throws RangeError if an option is unknown or out of range; from the loss if there is no teacher
 * @see Song et al. 2023, Algorithm 3 (arXiv:2303.01469)
 */
export function consistencyTraining(options: ConsistencyTrainingOptions): Objective<ConsistencyInputs> {
  const fn = 'consistencyTraining';
  checkOptions(fn, options, KEYS);
  const { steps, first = 2, last = 150 } = options;
  const range = sigmaRangeOf(options);
  const scaling = scalingOf(fn, options);
  checkInteger(fn, 'steps', steps, 1);
  risingLevels(0, { steps, first, last });
  checkKarrasGrid(fn, { name: 'last', intervals: last, range });
  return consistencyObjective(fn, {
    scaling,
    teacher: 'average',
    distance: meanSquare,
    pairsAt: (step) => {
      const sigmas = karrasSigmas(risingLevels(step, { steps, first, last }), range);
      return (rng) => {
        const i = rng.integer(0, sigmas.length - 1);
        return { high: sigmas[i + 1] as number, low: sigmas[i] as number, weight: 1 };
      };
    },
  });
}
