import { type Bound, boundOf, type SamplerStep, type Transition } from '@immiscible/sampling';
import { conversionForm, convertPrediction, type LinearForm } from '@immiscible/schedulers';
import * as tf from '@tensorflow/tfjs-core';
import { type DiffusionSamplerOptions, type LeadsTo, visitedSteps, scalesOf } from './visited-steps.js';

/** Where the step's ε comes from: the estimate of x0 after clipping, or the model's answer as it is. */
export type EpsilonSource = 'clipped' | 'model';

/** No change, for a step between equal levels. */
const NO_CHANGE: Transition = { x0: 0, xt: 1, noise: 0 };

/** A sampler by its reverse step. */
export interface DiffusionProcess {
  /** The step between two noise levels. */
  readonly transition: (alphaBar: number, alphaBarNext: number) => Transition;
  /** @defaultValue `'clipped'` */
  readonly epsilonFrom?: EpsilonSource;
  /** @defaultValue `'nextTimestep'` */
  readonly leadsTo?: LeadsTo;
}

/** The steps of a sampler, from the options that all of them share. */
export function diffusionSteps(
  fn: string,
  options: DiffusionSamplerOptions,
  { transition, epsilonFrom = 'clipped', leadsTo = 'nextTimestep' }: DiffusionProcess,
): SamplerStep[] {
  const { prediction } = options;
  const bound = boundOf(fn, options);
  return visitedSteps(fn, options, leadsTo).map(({ timestep, alphaBar, alphaBarNext }) => {
    const form = conversionForm(prediction, 'x0', scalesOf(alphaBar));
    const next = alphaBarNext === alphaBar ? NO_CHANGE : transition(alphaBar, alphaBarNext);
    const step = { timestep, form, next };
    if (!bound) return foldedStep(step);
    return epsilonFrom === 'clipped'
      ? boundedStep(step, bound)
      : unclippedStep(step, bound, Math.sqrt(alphaBar));
  });
}

/** One step as numbers: the estimate of x0 as a form of sample and answer, and what becomes of it. */
interface DiffusionStep {
  readonly timestep: number;
  readonly form: LinearForm;
  readonly next: Transition;
}

/** Where nothing is between them, the two linear maps (model's answer → x0 → next sample) are one, in float64. */
function foldedStep({ timestep, form, next: { x0, xt, noise } }: DiffusionStep): SamplerStep {
  const folded: LinearForm = { xt: xt + x0 * form.xt, output: x0 * form.output };
  return {
    time: timestep,
    update: (sample, predict, draw) =>
      withNoise(convertPrediction(sample, predict(sample, timestep), folded), noise, draw),
  };
}

/** ε is that of the estimate after clipping. */
function boundedStep({ timestep, form, next: { x0, xt, noise } }: DiffusionStep, bound: Bound): SamplerStep {
  return {
    time: timestep,
    update: (sample, predict, draw) => {
      const estimate = bound(convertPrediction(sample, predict(sample, timestep), form));
      return withNoise(convertPrediction(sample, estimate, { xt, output: x0 }), noise, draw);
    },
  };
}

/**
 * ε is that of the estimate before it was clipped. What points to the sample is ε, so of
 * `x0·denoised + xt·sample`, `sample = √ᾱ·estimate + √(1 − ᾱ)·ε`, the estimate in `sample` stays as it is.
 */
function unclippedStep(
  { timestep, form, next: { x0, xt, noise } }: DiffusionStep,
  bound: Bound,
  signalScale: number,
): SamplerStep {
  return {
    time: timestep,
    update: (sample, predict, draw) => {
      const estimate = convertPrediction(sample, predict(sample, timestep), form);
      const epsilonPart = convertPrediction(sample, estimate, { xt, output: -xt * signalScale });
      return withNoise(tf.add(tf.mul(bound(estimate), x0 + xt * signalScale), epsilonPart), noise, draw);
    },
  };
}

function withNoise(mean: tf.Tensor4D, noise: number, draw: () => tf.Tensor4D): tf.Tensor4D {
  return noise === 0 ? mean : tf.add(mean, tf.mul(draw(), noise));
}
