import { type Batch, check, checkSameShape, type Rng } from '@immiscible/core';
import type { Objective, Params } from '@immiscible/core/tensors';
import { applyOptions, eachSample, type ImageInputs, imageInputs } from '@immiscible/schedulers';
import * as tf from '@tensorflow/tfjs-core';
import ndarray, { type NdArray } from 'ndarray';
import { consistencyFunction, type ConsistencyScaling } from './consistency-function.js';

/** What one step of consistency training takes. */
export type ConsistencyInputs = ImageInputs & {
  /** float32 `[B]`: the noise level of the student's sample. */
  readonly high: NdArray<Float32Array>;
  /** float32 `[B]`, lower: that of the target's. */
  readonly low: NdArray<Float32Array>;
  /** float32 `[B]`, of each image's loss. */
  readonly weight: NdArray<Float32Array>;
};

/** Two noise levels and a weight for an image. */
export interface LevelPair {
  readonly high: number;
  readonly low: number;
  readonly weight: number;
}

/** What the kinds of consistency training differ in. */
export interface ConsistencyParts {
  readonly scaling: ConsistencyScaling;
  /** A function of the step that draws the levels of an image. */
  readonly pairsAt: (step: number) => (rng: Rng) => LevelPair;
  /** Distances between two answers, per image: float32 `[B]` from the difference `[B,H,W,C]`. */
  readonly distance: (difference: tf.Tensor4D) => tf.Tensor1D;
  /** Whose answer is the target: the running average's, or the student's own without a gradient. */
  readonly teacher: 'average' | 'student';
  /**
   * Leads from a sample at the higher level to one at the lower, without a gradient. Without it the lower sample is the
   * same image with the same noise.
   */
  readonly lower?: (sample: NoisySample, low: tf.Tensor1D) => tf.Tensor4D;
}

/** Where a step to the lower level begins. */
export interface NoisySample {
  /** float32 `[B,H,W,C]` */
  readonly x: tf.Tensor4D;
  /** float32 `[B]` */
  readonly sigma: tf.Tensor1D;
  /** int32 `[B]`, where there are labels. */
  readonly labels?: tf.Tensor1D;
}

/**
 * What all consistency training shares: both levels are reached from one image with one noise, so a coupling of that noise reaches both,
 * and both answers have the same dropout.
 *
 * `loss = mean weight·distance(f(x0 + high·noise, high), f⁻(x0 + low·noise, low))`, f⁻ without a gradient; where there is a way from
 * the higher level to the lower, its end in place of `x0 + low·noise`
 */
export function consistencyObjective(fn: string, parts: ConsistencyParts): Objective<ConsistencyInputs> {
  const { scaling, pairsAt, distance, teacher, lower } = parts;
  return {
    prepare(batch: Batch, rng: Rng, step: number): ConsistencyInputs {
      const inputs = imageInputs(fn, batch, rng);
      const count = batch.x0.shape[0] as number;
      const draw = pairsAt(step);
      const pairs = Array.from({ length: count }, () => draw(rng));
      const vector = (key: keyof LevelPair) =>
        ndarray(
          Float32Array.from(pairs, (pair) => pair[key]),
          [count],
        );
      return { ...inputs, high: vector('high'), low: vector('low'), weight: vector('weight') };
    },
    loss(model, params, inputs, aux) {
      const target = teacher === 'average' ? averageOf(fn, aux) : params;
      return tf.tidy(() => {
        const f = consistencyFunction(model, scaling);
        const options = applyOptions(inputs);
        const [high, low] = [inputs.high as tf.Tensor1D, inputs.low as tf.Tensor1D];
        // One tensor is the noise of both samples.
        const at = (sigma: tf.Tensor1D): tf.Tensor4D =>
          tf.add(inputs.x0, tf.mul(inputs.noise, eachSample(sigma)));
        const noisy = at(high);
        const { labels } = inputs as { labels?: tf.Tensor1D };
        const sample = (x: tf.Tensor4D): NoisySample => ({ x, sigma: high, ...(labels && { labels }) });
        // Within a function with a gradient of its own nothing is recorded: no pass back through the teacher.
        const frozen = tf.customGrad((x: tf.Tensor | tf.GradSaveFunc) => {
          const lowered = lower ? lower(sample(x as tf.Tensor4D), low) : (x as tf.Tensor4D);
          return {
            value: f.apply(target, lowered, low, options) as tf.Tensor,
            gradFunc: (dy: tf.Tensor) => tf.zerosLike(dy),
          };
        });
        const goal = frozen(lower ? noisy : at(low)) as tf.Tensor4D;
        const answer = f.apply(params, noisy, high, options);
        checkSameShape(fn, "the model's output", answer.shape, 'its input', inputs.x0.shape);
        return tf.mean(tf.mul(distance(tf.sub(answer, goal)), inputs.weight)) as tf.Scalar;
      });
    },
  };
}

function averageOf(fn: string, aux: Params | undefined): Params {
  check(
    aux !== undefined,
    fn,
    "the loss's aux",
    'the weights of the teacher',
    aux,
    'train with a teacher or an ema: it is the teacher',
  );
  return aux as Params;
}

/** `mean_pixels difference²` */
export function meanSquare(difference: tf.Tensor4D): tf.Tensor1D {
  return tf.mean(tf.square(difference), [1, 2, 3]);
}

/**
 * `√(‖difference‖² + c²) − c`, `c = share·√d` for d values an image.
 *
 * @see Song & Dhariwal 2023, Eq. 8 (arXiv:2310.14189)
 */
export function pseudoHuber(share: number): (difference: tf.Tensor4D) => tf.Tensor1D {
  return (difference) => {
    const [, height, width, channels] = difference.shape;
    const c = share * Math.sqrt(height * width * channels);
    return tf.sub(tf.sqrt(tf.add(tf.sum(tf.square(difference), [1, 2, 3]), c * c)), c);
  };
}
