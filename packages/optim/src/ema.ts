import * as tf from '@tensorflow/tfjs-core';
import { check, checkOptions, type OptionKeys } from '@immiscible/core';
import type { WeightAverage } from '@immiscible/core/tensors';
import { mapParams, paramOf, scalarOf } from './map-params.js';
import { asSchedule, type Schedule, type ScheduleLike } from './schedule.js';

/** Options of {@link ema}. */
export interface EmaOptions {
  /** Share of the old average that stays at each step, in [0, 1); or a schedule of it, such as {@link halfLife}. */
  readonly decay: ScheduleLike;
  /**
   * Whether the decay starts low: `min(decay, (1 + n) / (10 + n))` after n updates, so that the random first weights
   * are soon forgotten. As TensorFlow's `ExponentialMovingAverage(num_updates)`, which DDPM's code uses.
   *
   * @defaultValue true
   */
  readonly warmup?: boolean;
}

/**
 * Exponential moving average of the weights: `average + (1 − decay)·(w − average)`.
 *
 * @param options - the decay, and whether it starts low
 * @throws RangeError if `decay` is a number outside [0, 1)
 * @example
 * const average = ema({ decay: 0.9999 }); // DDPM on CIFAR-10
 */
export function ema(options: EmaOptions): WeightAverage {
  checkOptions('ema', options, { decay: true, warmup: true } satisfies OptionKeys<EmaOptions>);
  const { decay, warmup = true } = options;
  check(typeof decay === 'function' || (decay >= 0 && decay < 1), 'ema', 'decay', 'in [0, 1)', decay);
  const full = asSchedule('ema', 'decay', decay);
  return {
    scalars: (step) => ({ rate: 1 - (warmup ? Math.min(full(step), (1 + step) / (10 + step)) : full(step)) }),
    update: (average, params, scalars) =>
      tf.tidy(() => {
        const rate = scalarOf('ema', scalars, 'rate');
        return mapParams(average, (old, name) =>
          tf.add(old, tf.mul(tf.sub(paramOf('ema', 'params', params, name), old), rate)),
        );
      }),
  };
}

/**
 * A decay by half-life: `0.5^(1 / min(steps, ramp·(step + 1)))`. The ramp keeps the half-life a fixed share of the run
 * so far; with it, `ema` needs no other warm-up.
 *
 * @param steps - updates in which the weight of the past halves
 * @param ramp - share of the run so far that the half-life can't exceed. @defaultValue 0.05
 * @see Karras et al. 2022 (EDM), training code: half-life 0.5 million images, ramp 0.05 (arXiv:2206.00364)
 * @example
 * const average = ema({ decay: halfLife(500_000 / 512), warmup: false });
 */
export function halfLife(steps: number, ramp = 0.05): Schedule {
  check(steps > 0, 'halfLife', 'steps', 'positive', steps);
  check(ramp > 0, 'halfLife', 'ramp', 'positive', ramp);
  return (step) => 0.5 ** (1 / Math.min(steps, ramp * (step + 1)));
}
