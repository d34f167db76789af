import * as tf from '@tensorflow/tfjs-core';
import { check, checkOptions, type OptionKeys } from '@immiscible/core';
import type { Model } from '@immiscible/core/tensors';
import { countersOf, randomWords, WORDS } from './random-words.js';
import type { Unet } from './unet.js';

/** Options of {@link selfConditioned}. */
export interface SelfConditionedOptions {
  /**
   * The estimate that the network is shown, out of what it said without one; float32 `[B,H,W,imageChannels]`.
   *
   * @defaultValue the output's first `imageChannels` channels
   */
  readonly estimate?: (output: tf.Tensor4D, x: tf.Tensor4D, time: tf.Tensor1D) => tf.Tensor4D;
  /** How likely an image is shown its estimate while training. @defaultValue 0.5 */
  readonly probability?: number;
}

/**
 * A network that is asked twice: first with zeros in the place of an estimate, then with what it answered. No gradient
 * goes through the first answer, which costs a forward pass and holds no memory for the backward one.
 *
 * While training, which is when `apply` gets a `dropoutSeed`, each image is shown its estimate with a probability, as the
 * seed draws it. Otherwise every image is.
 *
 * @param model - with `selfConditioning` in its configuration
 * @param options - what an estimate is, and how likely it is shown
 * @throws RangeError if the model has none, or `probability` isn't in [0, 1]
 * @see Chen, Zhang & Hinton 2022, "Analog bits", section 3 (arXiv:2208.04202)
 * @example
 * const model = selfConditioned(unet({ preset: 'fashion-14', selfConditioning: true }));
 */
export function selfConditioned(model: Unet, options: SelfConditionedOptions = {}): Model {
  const fn = 'selfConditioned';
  checkOptions(fn, options, {
    probability: true,
    estimate: true,
  } satisfies OptionKeys<SelfConditionedOptions>);
  const { imageChannels, selfConditioning } = model.config;
  const { probability = 0.5, estimate = (output) => firstChannels(output, imageChannels) } = options;
  check(selfConditioning, fn, 'model.config.selfConditioning', 'true', selfConditioning);
  check(probability >= 0 && probability <= 1, fn, 'probability', 'in [0, 1]', probability);
  return {
    ...(model.classes !== undefined && { classes: model.classes }),
    init: (rng) => model.init(rng),
    apply(params, x, time, applyOptions = {}) {
      return tf.tidy(() => {
        const { dropoutSeed } = applyOptions;
        // An operation whose gradient is zero: within it, nothing is taken down for the backward pass.
        const first = tf.customGrad((...inputs) => {
          const image = inputs[0] as tf.Tensor4D;
          const value = tf.tidy(() => estimate(model.apply(params, image, time, applyOptions), image, time));
          return { value, gradFunc: (dy: tf.Tensor4D) => tf.zerosLike(dy) };
        });
        let shown = first(x);
        if (dropoutSeed) {
          const words = randomWords(dropoutSeed, countersOf('self-conditioning', x.shape[0])).first;
          const mask = tf.cast(tf.less(words, probability * WORDS), 'float32');
          shown = tf.mul(shown, tf.reshape(mask, [-1, 1, 1, 1]));
        }
        return model.apply(params, tf.concat4d([x, shown], 3), time, applyOptions);
      });
    },
  };
}

function firstChannels(x: tf.Tensor4D, channels: number): tf.Tensor4D {
  return x.shape[3] === channels ? x : tf.slice4d(x, [0, 0, 0, 0], [-1, -1, -1, channels]);
}
