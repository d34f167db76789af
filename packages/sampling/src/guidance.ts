import { check, checkOptions, NO_CLASS, type OptionKeys } from '@immiscible/core';
import type { ApplyOptions, Model, Params } from '@immiscible/core/tensors';
import { checkModel, eachSample } from '@immiscible/schedulers';
import * as tf from '@tensorflow/tfjs-core';

/** Options of {@link classifierFreeGuidance}. */
export interface GuidanceOptions {
  /** w: 0 is the model without labels, 1 the model as it is, more follows the labels more strongly. */
  readonly scale: number;
  /**
   * The label that the model was trained with where its label was dropped: −1, no class, as `labelDropout` of
   * `@immiscible/unet` has it, or a class index of its own in models that keep one for it.
   *
   * @defaultValue `NO_CLASS` (−1)
   */
  readonly nullLabel?: number;
  /**
   * The times, as the model gets them, between which there is guidance, both included.
   *
   * @defaultValue all
   */
  readonly interval?: readonly [low: number, high: number];
}

const KEYS = { scale: true, nullLabel: true, interval: true } satisfies OptionKeys<GuidanceOptions>;

/**
 * A model that follows its labels more strongly (or less) than it was trained to: for any sampler. Samples with and
 * without their label go through the model as one batch of 2B, and each sample's answer has its own time's scale.
 *
 * `answer = unlabeled + scale·(labeled − unlabeled)`
 *
 * That is the same whether the model predicts ε, x0, v or a velocity, since for a given xt these are affine in each
 * other.
 *
 * @param model - trained with labels, some of them replaced by `nullLabel`; what else it has is not kept
 * @param options - how strongly, and when
 * @throws RangeError if an option is out of range; at `apply`, without labels
 * @see Ho & Salimans 2022, Eq. 6, whose w is `scale` − 1 (arXiv:2207.12598); Kynkäänniemi et al. 2024 for the interval
 * (arXiv:2404.07724)
 * @example
 * const guided = classifierFreeGuidance(model, { scale: 2 });
 * const images = await ddimSample(guided, params, { ...options, labels: Int32Array.of(3, 3, 7) });
 */
export function classifierFreeGuidance(model: Model, options: GuidanceOptions): Model {
  const fn = 'classifierFreeGuidance';
  checkOptions(fn, options, KEYS);
  const { scale, nullLabel = NO_CLASS, interval } = options;
  checkModel(fn, model);
  check(Number.isFinite(scale), fn, 'scale', 'finite', scale);
  const known = Number.isInteger(nullLabel) && nullLabel >= NO_CLASS;
  check(known, fn, 'nullLabel', '-1 (no class) or a class index of 0 or more', nullLabel);
  if (interval) check(interval[0] <= interval[1], fn, 'interval', '[low, high] with low <= high', interval);
  return {
    init: (rng) => model.init(rng),
    apply: (params: Params, x: tf.Tensor4D, time: tf.Tensor1D, given: ApplyOptions = {}) =>
      tf.tidy(() => {
        const { labels, ...rest } = given;
        check(labels !== undefined, fn, 'labels', 'given', labels, 'pass labels to the sampler');
        const both = model.apply(params, tf.concat([x, x]), tf.concat([time, time]), {
          ...rest,
          labels: tf.concat([labels, tf.fill(labels.shape, nullLabel, 'int32') as tf.Tensor1D]),
        });
        const [labeled, unlabeled] = tf.split(both, 2) as [tf.Tensor4D, tf.Tensor4D];
        const weight = interval ? weights(time, scale, interval) : scale;
        return tf.add(unlabeled, tf.mul(tf.sub(labeled, unlabeled), weight)) as tf.Tensor4D;
      }),
  };
}

/** The scale within the interval, 1 outside. */
function weights(time: tf.Tensor1D, scale: number, [low, high]: readonly [number, number]): tf.Tensor {
  const inside = tf.logicalAnd(tf.greaterEqual(time, low), tf.lessEqual(time, high));
  return eachSample(tf.add(tf.mul(tf.cast(inside, 'float32'), scale - 1), 1));
}
