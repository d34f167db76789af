import type { Model } from '@immiscible/core/tensors';
import { type NoiseSchedule, type Prediction, scalesAt } from '@immiscible/schedulers';
import * as tf from '@tensorflow/tfjs-core';

/** Data whose every pixel is N(mean, sd²): the one case where everything is known. */
export interface Gaussian {
  readonly mean: number;
  readonly sd: number;
}

/** Mean and variance of xt. */
export function marginal({ mean, sd }: Gaussian, schedule: NoiseSchedule, t: number) {
  const { signalScale: s, noiseScale: sigma } = scalesAt(schedule, t);
  return { mean: s * mean, variance: s * s * sd * sd + sigma * sigma };
}

/** `[intercept, slope]` of the optimal prediction, which is linear in xt: E[x0 | xt] and its like. */
export function optimal(data: Gaussian, schedule: NoiseSchedule, t: number, prediction: Prediction) {
  const { signalScale: s, noiseScale: sigma } = scalesAt(schedule, t);
  const { mean, variance } = marginal(data, schedule, t);
  // Regression on xt: cov(·, xt)/var(xt).
  const slopeX0 = (s * data.sd ** 2) / variance;
  const slopeNoise = sigma / variance;
  const x0 = [data.mean - slopeX0 * mean, slopeX0] as const;
  const epsilon = [-slopeNoise * mean, slopeNoise] as const;
  const vPrediction = [s * epsilon[0] - sigma * x0[0], s * epsilon[1] - sigma * x0[1]] as const;
  return { x0, epsilon, vPrediction }[prediction];
}

/** The model that no training can beat. */
export function gaussianModel(data: Gaussian, schedule: NoiseSchedule, prediction: Prediction): Model {
  return {
    init: () => ({}),
    apply: (_, x, time) => {
      const [intercept, slope] = optimal(data, schedule, time.dataSync()[0] as number, prediction);
      return tf.add(tf.mul(x, slope), intercept);
    },
  };
}
