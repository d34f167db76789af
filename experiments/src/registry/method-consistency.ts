import {
  consistencySample,
  easyConsistencyTuning,
  improvedConsistencyTraining,
  karrasSigmas,
} from '@immiscible/consistency';
import type { Objective } from '@immiscible/core';
import { type Method, value } from './method.js';

/** Consistency training without a teacher of its own. */
export interface ConsistencyConfig {
  readonly kind: 'consistency';
  readonly training:
    | {
        readonly kind: 'improved';
        readonly first?: number;
        readonly last?: number;
        /** Mean of ln σ: how noisy the levels are that are trained most. */
        readonly logMean?: number;
      }
    | { readonly kind: 'easy'; readonly stages?: number };
  /** Standard deviation of the images' values. */
  readonly sigmaData?: number;
  /** The network's time is this times ln σ. Default: 250, for positional embeddings; Fourier embeddings are made for 0.25. */
  readonly timeScale?: number;
}

/** ECT's stages unless told otherwise, as in its authors' runs. */
const STAGES = 8;

/** @param steps - of the training, over which curricula stretch */
export function consistencyMethod(
  { training, sigmaData = 0.5, timeScale = 250 }: ConsistencyConfig,
  steps: number,
): Method {
  const easy = training.kind === 'easy';
  const scaling = { sigmaData, timeScale, ...(easy && { sigmaMin: 0 }) };
  const { kind: _kind, ...own } = training;
  const objective = easy
    ? easyConsistencyTuning({
        ...scaling,
        stageSteps: Math.max(1, Math.ceil(steps / (training.stages ?? STAGES))),
      })
    : improvedConsistencyTraining({ ...scaling, steps, ...own });
  return {
    objective: objective as Objective,
    noiseRatio: (inputs, image) => value(inputs, 'high', image),
    sampler: 'multistep consistency',
    sample: (model, params, options) =>
      consistencySample(model, params, {
        ...options,
        ...scaling,
        // Karras' levels without the lowest, from which there is nowhere to go.
        sigmas: [...karrasSigmas(options.steps + 1)].reverse().slice(0, -1),
      }),
  };
}
