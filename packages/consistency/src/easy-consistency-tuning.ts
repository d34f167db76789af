import { check, checkInteger, checkOptions, type OptionKeys } from '@immiscible/core';
import type { Objective } from '@immiscible/core/tensors';
import { type ConsistencyScaling, SCALING_KEYS, scalingOf } from './consistency-function.js';
import {
  type ConsistencyInputs,
  consistencyObjective,
  type LevelPair,
  pseudoHuber,
} from './consistency-objective.js';
import { MIN_RELATIVE_GAP } from './karras-grid.js';

/** Options of {@link easyConsistencyTuning}. */
export interface EasyConsistencyTuningOptions extends ConsistencyScaling {
  /**
   * Steps until the two levels of a pair come nearer, by the factor `q`. After {@link lastStage} they stay as they are.
   */
  readonly stageSteps: number;
  /** @defaultValue 2 */
  readonly q?: number;
  /** Of ln σ. @defaultValue −1.1 */
  readonly logMean?: number;
  /** @defaultValue 2 */
  readonly logDeviation?: number;
  /** c of the pseudo-Huber distance by √d, d values an image. @defaultValue 0.00054 */
  readonly huber?: number;
}

const KEYS: OptionKeys<EasyConsistencyTuningOptions> = {
  ...SCALING_KEYS,
  stageSteps: true,
  q: true,
  logMean: true,
  logDeviation: true,
  huber: true,
};

/** Slope of the mapping at low noise, where levels are to be nearer to each other. */
const STEEPNESS = 8;

/**
 * The lower level of a pair: `r = max(0, t·(1 − n(t)/q^(stage + 1)))`, `n(t) = 1 + 8/(1 + e^t)`.
 *
 * @see Geng et al. 2024, Eq. 15 (arXiv:2406.14548)
 */
export function lowerLevel(t: number, stage: number, q: number): number {
  return Math.max(0, t * (1 - (1 + STEEPNESS / (1 + Math.exp(t))) / q ** (stage + 1)));
}

/** The last stage, from 0, at which float32 tells the two levels of a pair well apart: 19 for q = 2. */
export function lastStage(q: number): number {
  return Math.max(0, Math.floor(-Math.log(MIN_RELATIVE_GAP) / Math.log(q) + 1e-9) - 1);
}

/**
 * Easy consistency tuning, ECT: continuous pairs of levels whose ratio comes nearer to 1 stage by stage, beginning at denoising
 * itself (r = 0), as near as a millionth, beyond which float32 no longer tells them apart. Meant for the weights of a trained diffusion model; works from scratch. `sigmaMin` is 0.
 *
 * @param options - stages, noise levels, distance and scaling
 * @throws RangeError if an option is unknown or out of range
 * @see Geng et al. 2024 (arXiv:2406.14548)
 */
export function easyConsistencyTuning(options: EasyConsistencyTuningOptions): Objective<ConsistencyInputs> {
  const fn = 'easyConsistencyTuning';
  checkOptions(fn, options, KEYS);
  const { stageSteps, q = 2, logMean = -1.1, logDeviation = 2, huber = 0.00054 } = options;
  const scaling = scalingOf(fn, { ...options, sigmaMin: options.sigmaMin ?? 0 });
  checkInteger(fn, 'stageSteps', stageSteps, 1);
  check(q > 1 && q < Infinity, fn, 'q', 'above 1', q);
  check(scaling.sigmaMin === 0, fn, 'sigmaMin', '0: pairs of levels go down to it', scaling.sigmaMin);
  check(Number.isFinite(logMean), fn, 'logMean', 'finite', logMean);
  check(logDeviation > 0 && logDeviation < Infinity, fn, 'logDeviation', 'positive', logDeviation);
  check(huber > 0, fn, 'huber', 'positive', huber);
  const last = lastStage(q);
  return consistencyObjective(fn, {
    scaling,
    teacher: 'student',
    distance: pseudoHuber(huber),
    pairsAt: (step) => {
      const stage = Math.min(Math.floor(step / stageSteps), last);
      return (rng): LevelPair => {
        // As the step gets them, so that the weight is that of their own distance.
        const high = Math.fround(Math.exp(logMean + logDeviation * rng.normal()));
        const low = Math.fround(lowerLevel(high, stage, q));
        return { high, low, weight: 1 / (high - low) };
      };
    },
  });
}
