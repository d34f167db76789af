import { checkSameShape } from '@immiscible/core';
import type { ApplyOptions, Model, Params } from '@immiscible/core/tensors';
import { checkModel, eachSample } from '@immiscible/schedulers';
import * as tf from '@tensorflow/tfjs-core';

/** How a network estimates images at the noise levels of a batch, float32 `[B]` each. */
export interface Preconditioning {
  /** The share of the sample in the estimate. */
  readonly skip: tf.Tensor;
  /** That of the network's output. */
  readonly out: tf.Tensor;
  /** What the sample is divided by before the network gets it. */
  readonly whole: tf.Tensor;
  /** What the network gets as time. */
  readonly time: tf.Tensor;
}

/**
 * A network as an estimator of images at any noise level, `D(x, σ) = skip·x + out·network(x/whole, time)`: EDM's denoiser, a consistency
 * function.
 *
 * @param fn - the function that was called, for errors
 * @param model - the network
 * @param scales - of the levels, float32 `[B]`; runs within `tf.tidy`
 * @returns a model that takes σ, float32 `[B]`, in place of time
 * @see Karras et al. 2022, Eq. 7 (arXiv:2206.00364)
 */
export function preconditioned(
  fn: string,
  model: Model,
  scales: (sigma: tf.Tensor1D) => Preconditioning,
): Model {
  checkModel(fn, model);
  return {
    init: (rng) => model.init(rng),
    apply: (params: Params, x: tf.Tensor4D, sigma: tf.Tensor1D, options?: ApplyOptions) =>
      tf.tidy(() => {
        const { skip, out, whole, time } = scales(sigma);
        const answer = model.apply(params, tf.div(x, eachSample(whole)), time as tf.Tensor1D, options);
        checkSameShape(fn, "the model's output", answer.shape, 'its input', x.shape);
        return tf.add(tf.mul(x, eachSample(skip)), tf.mul(answer, eachSample(out))) as tf.Tensor4D;
      }),
  };
}
