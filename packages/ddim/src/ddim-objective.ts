import { checkOptions, checkRng, checkSameShape, type OptionKeys } from '@immiscible/core';
import type { Objective } from '@immiscible/core/tensors';
import {
  addNoise,
  applyOptions,
  batchScales,
  checkBatch,
  checkPrediction,
  checkSchedule,
  eachSample,
  type ImageInputs,
  imageInputs,
  type LossWeighting,
  type NoiseSchedule,
  type Prediction,
  predictionTarget,
  type TimestepDraw,
  uniformTimesteps,
} from '@immiscible/schedulers';
import * as tf from '@tensorflow/tfjs-core';
import ndarray, { type NdArray } from 'ndarray';

/** Options of {@link ddimObjective}. */
export interface DdimObjectiveOptions {
  /** The forward process. */
  readonly schedule: NoiseSchedule;
  /** What the model learns to predict. */
  readonly prediction: Prediction;
  /** Draws the timesteps of a batch. @defaultValue `uniformTimesteps` */
  readonly timesteps?: TimestepDraw;
  /** How much the error counts at each timestep, `minSnrWeighting()` say. @defaultValue 1 everywhere */
  readonly weighting?: LossWeighting;
}

const KEYS: OptionKeys<DdimObjectiveOptions> = {
  schedule: true,
  prediction: true,
  timesteps: true,
  weighting: true,
};

/** What one step of {@link ddimObjective} takes. */
export type DdimInputs = ImageInputs & {
  /** int32 `[B]`, each in [0, T). */
  readonly timestep: NdArray<Int32Array>;
  /** float32 `[B]`: √ᾱ of each sample's timestep. */
  readonly signalScale: NdArray<Float32Array>;
  /** float32 `[B]`: √(1 − ᾱ) of each sample's timestep. */
  readonly noiseScale: NdArray<Float32Array>;
  /** float32 `[B]`: the weight of each sample's error, where there is a weighting. */
  readonly weight?: NdArray<Float32Array>;
};

/**
 * Training of a diffusion model (DDPM, DDIM): the mean squared error of its prediction, with the same weight at every
 * timestep unless there is a weighting. The model gets the timestep's index as its time.
 *
 * `xt = √ᾱ·x0 + √(1 − ᾱ)·noise`, `loss = mean weight·(target − model(xt, timestep))²`, where the target is `noise`, `x0`
 * or `√ᾱ·noise − √(1 − ᾱ)·x0`: of the very noise that is in `xt`.
 *
 * @param options - the process, and what is learned of it
 * @throws RangeError if an option is unknown, or the weighting isn't finite for this prediction and schedule
 * @see Ho et al. 2020, Eq. 14 (arXiv:2006.11239); Salimans & Ho 2022, appendix D for v (arXiv:2202.00512)
 * @example
 * const objective = ddimObjective({ schedule: linearSchedule(), prediction: 'vPrediction' });
 */
export function ddimObjective(options: DdimObjectiveOptions): Objective<DdimInputs> {
  const fn = 'ddimObjective';
  checkOptions(fn, options, KEYS);
  const { schedule, prediction, timesteps = uniformTimesteps, weighting } = options;
  checkSchedule(fn, schedule);
  checkPrediction(fn, prediction);
  const weights = weighting?.(schedule, prediction);
  return {
    prepare: (batch, rng) => {
      checkBatch(fn, batch);
      checkRng(fn, rng);
      const count = batch.x0.shape[0] as number;
      const timestep = timesteps(count, schedule.timesteps, rng);
      return {
        ...imageInputs(fn, batch, rng),
        ...batchScales(schedule, timestep),
        timestep: ndarray(timestep, [count]),
        ...(weights && {
          weight: ndarray(
            Float32Array.from(timestep, (t) => weights[t] as number),
            [count],
          ),
        }),
      };
    },
    loss: (model, params, inputs) =>
      tf.tidy(() => {
        const x0 = inputs.x0 as tf.Tensor4D;
        const noise = inputs.noise as tf.Tensor4D;
        const xt = addNoise(x0, noise, inputs);
        const target = predictionTarget(x0, noise, { prediction, scales: inputs });
        const time = tf.cast(inputs.timestep, 'float32') as tf.Tensor1D;
        const output = model.apply(params, xt, time, applyOptions(inputs));
        checkSameShape(fn, "the model's output", output.shape, 'its input', xt.shape);
        const error = tf.square(tf.sub(target, output));
        return tf.mean(inputs.weight ? tf.mul(error, eachSample(inputs.weight)) : error);
      }),
  };
}
