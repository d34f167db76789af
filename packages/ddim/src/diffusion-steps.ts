import { type SamplerStep, type Bound, boundOf } from '@immiscible/sampling';
import { conversionForm, convertPrediction, type LinearForm } from '@immiscible/schedulers';
import * as tf from '@tensorflow/tfjs-core';
import { type DiffusionSamplerOptions, type LeadsTo, levels, scalesOf } from './levels.js';
import type { Update } from './update.js';

/** Where the step's ε comes from: the estimate of x0 after clipping, or the model's answer as it is. */
export type EpsilonSource = 'clipped' | 'model';

/** No change, for a step between equal levels. */
const STAY: Update = { x0: 0, xt: 1, noise: 0 };

/** The steps of a sampler whose reverse step is `update`, from the options that all of them share. */
export function diffusionSteps(
  fn: string,
  options: DiffusionSamplerOptions,
  update: (alphaBar: number, alphaBarNext: number) => Update,
  epsilonFrom: EpsilonSource = 'clipped',
  leadsTo: LeadsTo = 'nextTimestep',
): SamplerStep[] {
  const { prediction } = options;
  const bound = boundOf(fn, options);
  return levels(fn, options, leadsTo).map(({ timestep, alphaBar, alphaBarNext }) => {
    const form = conversionForm(prediction, 'x0', scalesOf(alphaBar));
    const next = alphaBarNext === alphaBar ? STAY : update(alphaBar, alphaBarNext);
    if (!bound) return diffusionStep(timestep, form, next, undefined);
    return epsilonFrom === 'clipped'
      ? diffusionStep(timestep, form, next, bound)
      : rawStep(timestep, form, next, bound, Math.sqrt(alphaBar));
  });
}

/** One step on the device; all that doesn't depend on the sample has been folded into a few float64 numbers. */
function diffusionStep(
  timestep: number,
  form: LinearForm,
  { x0, xt, noise }: Update,
  bound: Bound | undefined,
): SamplerStep {
  // With nothing between them, the two linear maps (model's answer → x0 → next sample) are one.
  const folded: LinearForm = { xt: xt + x0 * form.xt, output: x0 * form.output };
  return {
    time: timestep,
    update: (sample, predict, draw) => {
      const output = predict(sample, timestep);
      const mean = bound
        ? convertPrediction(sample, bound(convertPrediction(sample, output, form)), { xt, output: x0 })
        : convertPrediction(sample, output, folded);
      return noise === 0 ? mean : tf.add(mean, tf.mul(draw(), noise));
    },
  };
}

/**
 * The same with the ε of the estimate before it was clipped. What points to the sample is ε, so of
 * `x0·denoised + xt·sample`, `sample = √ᾱ·estimate + √(1 − ᾱ)·ε`, the estimate in `sample` stays as it is.
 */
function rawStep(
  timestep: number,
  form: LinearForm,
  { x0, xt, noise }: Update,
  bound: Bound,
  signalScale: number,
): SamplerStep {
  return {
    time: timestep,
    update: (sample, predict, draw) => {
      const estimate = convertPrediction(sample, predict(sample, timestep), form);
      const epsilonPart = convertPrediction(sample, estimate, { xt, output: -xt * signalScale });
      const mean: tf.Tensor4D = tf.add(tf.mul(bound(estimate), x0 + xt * signalScale), epsilonPart);
      return noise === 0 ? mean : tf.add(mean, tf.mul(draw(), noise));
    },
  };
}
