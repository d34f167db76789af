import { check, checkInteger, checkOptions, type OptionKeys } from '@immiscible/core';
import type { Objective } from '@immiscible/core/tensors';
import { type ConsistencyScaling, SCALING_KEYS, scalingOf } from './consistency-function.js';
import { type ConsistencyInputs, consistencyObjective, pseudoHuber } from './consistency-objective.js';
import { doublingLevels } from './curriculum.js';
import { karrasSigmas, SIGMA_RANGE_KEYS, type SigmaRange } from '@immiscible/schedulers';
import { logNormalIntervals, intervalAt } from './log-normal-intervals.js';
import { checkKarrasGrid, sigmaRangeOf } from './karras-grid.js';

/** Options of {@link improvedConsistencyTraining}. */
export interface ImprovedConsistencyTrainingOptions extends ConsistencyScaling, SigmaRange {
  /** Training steps in all: the number of noise levels doubles in equal stages over them. */
  readonly steps: number;
  /** Intervals between noise levels at the start. @defaultValue 10 */
  readonly first?: number;
  /** At the end. @defaultValue 1280 */
  readonly last?: number;
  /** Mean of ln σ, whose distribution says how often an interval is taken. @defaultValue −1.1 */
  readonly logMean?: number;
  /** Its standard deviation. @defaultValue 2 */
  readonly logDeviation?: number;
  /** c of the pseudo-Huber distance by √d, d values an image. @defaultValue 0.00054 */
  readonly huber?: number;
}

const KEYS: OptionKeys<ImprovedConsistencyTrainingOptions> = {
  ...SCALING_KEYS,
  ...SIGMA_RANGE_KEYS,
  steps: true,
  first: true,
  last: true,
  logMean: true,
  logDeviation: true,
  huber: true,
};

/**
 * Improved consistency training, iCT: the teacher is the student itself without a gradient, levels follow a discretized log-normal, the
 * distance is pseudo-Huber, an interval's weight `1/(σ_{i+1} − σ_i)`.
 *
 * @param options - noise levels over the run, their draw, distance and scaling
 * @throws RangeError if an option is unknown or out of range
 * @see Song & Dhariwal 2023 (arXiv:2310.14189)
 */
export function improvedConsistencyTraining(
  options: ImprovedConsistencyTrainingOptions,
): Objective<ConsistencyInputs> {
  const fn = 'improvedConsistencyTraining';
  checkOptions(fn, options, KEYS);
  const { steps, first = 10, last = 1280, logMean = -1.1, logDeviation = 2, huber = 0.00054 } = options;
  const range = sigmaRangeOf(options);
  const scaling = scalingOf(fn, options);
  checkInteger(fn, 'steps', steps, 1);
  check(Number.isFinite(logMean), fn, 'logMean', 'finite', logMean);
  check(logDeviation > 0 && logDeviation < Infinity, fn, 'logDeviation', 'positive', logDeviation);
  check(huber > 0, fn, 'huber', 'positive', huber);
  doublingLevels(0, { steps, first, last });
  checkKarrasGrid(fn, { name: 'last', intervals: last, range });
  const mass = logNormalIntervals(karrasSigmas(2, range), logMean, logDeviation)[0];
  check(
    mass === 1,
    fn,
    'logMean',
    'within the range of ln σ, or nearly',
    logMean,
    'no level would ever be drawn',
  );
  let stage: { levels: number; sigmas: Float64Array; probabilities: Float64Array } | undefined;
  return consistencyObjective(fn, {
    scaling,
    teacher: 'student',
    distance: pseudoHuber(huber),
    pairsAt: (step) => {
      const levels = doublingLevels(step, { steps, first, last });
      if (stage?.levels !== levels) {
        const sigmas = karrasSigmas(levels, range);
        stage = { levels, sigmas, probabilities: logNormalIntervals(sigmas, logMean, logDeviation) };
      }
      const { sigmas, probabilities } = stage;
      return (rng) => {
        const i = intervalAt(probabilities, rng.uniform());
        const [low, high] = [sigmas[i] as number, sigmas[i + 1] as number];
        return { high, low, weight: 1 / (high - low) };
      };
    },
  });
}
