import { check } from '@immiscible/core';
import {
  conversionForm,
  convertPrediction,
  type LinearForm,
  type NoiseSchedule,
  type Prediction,
  type SamplerOptions,
  type SamplerStep,
  scalesAt,
  type Spacing,
  timestepPairs,
  timestepSequence,
} from '@immiscible/schedulers';
import * as tf from '@tensorflow/tfjs-core';
import type { Update } from './update.js';

/** What the samplers of a discrete diffusion process take. */
export interface DiffusionSamplerOptions extends SamplerOptions {
  /** The schedule that the model was trained with. */
  readonly schedule: NoiseSchedule;
  /** What the model was trained to predict. */
  readonly prediction: Prediction;
  /** How many timesteps to visit. @defaultValue all of them */
  readonly steps?: number;
  /** Which. @defaultValue `'trailing'` */
  readonly spacing?: Spacing;
  /** A list of one's own instead of `steps` and `spacing`: strictly falling, in [0, T). */
  readonly timesteps?: ArrayLike<number>;
  /**
   * Range that each estimate of the clean image is clipped to, or `false`.
   *
   * @defaultValue [−1, 1], the range of the data (as in Ho et al. 2020's code)
   */
  readonly clip?: readonly [low: number, high: number] | false;
}

/** The steps of a sampler whose reverse step is `update`, from the options that all of them share. */
export function diffusionSteps(
  fn: string,
  options: DiffusionSamplerOptions,
  update: (alphaBar: number, alphaBarNext: number) => Update,
): SamplerStep[] {
  const { schedule, prediction, steps, spacing, timesteps, clip = [-1, 1] } = options;
  if (clip) check(clip[0] < clip[1], fn, 'clip', '[low, high] with low < high, or false', clip);
  const sequence = timestepSequence(schedule.timesteps, { steps, spacing, timesteps });
  return timestepPairs(sequence).map(({ timestep, previous }) => {
    const form = conversionForm(prediction, 'x0', scalesAt(schedule, timestep));
    const alphaBarNext = previous === -1 ? 1 : (schedule.alphaBar[previous] as number);
    return diffusionStep(timestep, form, update(schedule.alphaBar[timestep] as number, alphaBarNext), clip);
  });
}

/** One step on the device; all that doesn't depend on the sample has been folded into a few float64 numbers. */
function diffusionStep(
  timestep: number,
  form: LinearForm,
  { x0, xt, noise }: Update,
  clip: readonly [number, number] | false,
): SamplerStep {
  // With nothing between them, the two linear maps (model's answer → x0 → next sample) are one.
  const folded: LinearForm = { xt: xt + x0 * form.xt, output: x0 * form.output };
  return {
    time: timestep,
    update: (sample, predict, draw) => {
      const output = predict(sample, timestep);
      const mean = clip
        ? convertPrediction(sample, tf.clipByValue(convertPrediction(sample, output, form), ...clip), {
            xt,
            output: x0,
          })
        : convertPrediction(sample, output, folded);
      return noise === 0 ? mean : tf.add(mean, tf.mul(draw(), noise));
    },
  };
}
