import { check, checkOptions, checkSameShape, type OptionKeys } from '@immiscible/core';
import * as tf from '@tensorflow/tfjs-core';
import { type Coefficient, scaled } from './coefficient.js';
import type { Scales } from './forward.js';

/**
 * What a model's output stands for: the noise, the clean image, or `v = signalScale·noise − noiseScale·x0`, a mixture
 * that is well defined at both ends.
 */
export type Prediction = 'epsilon' | 'x0' | 'vPrediction';

/** A quantity as a linear form of the noisy sample and the model's output: `xt·<sample> + output·<output>`. */
export interface LinearForm<N = number> {
  /** Coefficient of the noisy sample. */
  readonly xt: N;
  /** Coefficient of the model's output. */
  readonly output: N;
}

/** Options of {@link predictionTarget}. */
export interface PredictionTargetOptions {
  /** What is to be predicted. */
  readonly prediction: Prediction;
  /** Numbers, or float32 `[B]` tensors; borrowed. Only `vPrediction` depends on them. */
  readonly scales: Scales<Coefficient>;
}

/**
 * What a model should have answered, from the image and the noise that made its input. Nothing is divided, so it is
 * exact at every noise level.
 *
 * `epsilon: noise`, `x0: x0`, `vPrediction: signalScale·noise − noiseScale·x0`
 *
 * @param x0 - float32 `[B,H,W,C]`; borrowed
 * @param noise - float32, shape of `x0`: the very noise that is in the noisy sample; borrowed
 * @param options - what is predicted, and the scales of signal and noise
 * @returns float32, shape of `x0`; owned by the caller
 * @throws RangeError if the shapes don't fit
 * @see Salimans & Ho 2022, appendix D (arXiv:2202.00512)
 */
export function predictionTarget<T extends tf.Tensor>(x0: T, noise: T, options: PredictionTargetOptions): T {
  const fn = 'predictionTarget';
  checkOptions(fn, options, { prediction: true, scales: true } satisfies OptionKeys<PredictionTargetOptions>);
  const { prediction, scales } = options;
  checkSameShape(fn, 'noise', noise.shape, 'x0', x0.shape);
  switch (prediction) {
    case 'epsilon':
      return tf.clone(noise);
    case 'x0':
      return tf.clone(x0);
    case 'vPrediction':
      return tf.tidy(() =>
        tf.sub(
          scaled(fn, 'scales.signalScale', noise, scales.signalScale),
          scaled(fn, 'scales.noiseScale', x0, scales.noiseScale),
        ),
      );
    default:
      return unknown(fn, 'prediction', prediction);
  }
}

/**
 * How to turn one kind of prediction into another at a noise level, in float64 on the host. Apply it with
 * {@link convertPrediction}, or fold it into other coefficients.
 *
 * With s = `signalScale`, σ = `noiseScale`, s² + σ² = 1:
 *
 * | to \ from     | epsilon           | x0                | vPrediction |
 * | ------------- | ----------------- | ----------------- | ----------- |
 * | `epsilon`     | out               | (xt − s·out)/σ    | σ·xt + s·out |
 * | `x0`          | (xt − σ·out)/s    | out               | s·xt − σ·out |
 * | `vPrediction` | (out − σ·xt)/s    | (s·xt − out)/σ    | out         |
 *
 * Dividing by a small s amplifies the model's error by 1/s (157 at the end of the default linear schedule); from
 * `vPrediction` nothing is divided.
 *
 * @param from - what the model predicts
 * @param to - what is wanted
 * @param scales - of signal and noise in the sample
 * @throws RangeError if s² + σ² ≠ 1, or if the form would divide by zero: from `epsilon` where no signal is left, from
 * `x0` where there is no noise
 * @see Salimans & Ho 2022, appendix D (arXiv:2202.00512)
 */
export function conversionForm(from: Prediction, to: Prediction, scales: Scales): LinearForm {
  const fn = 'conversionForm';
  const { signalScale: s, noiseScale: sigma } = scales;
  const power = s * s + sigma * sigma;
  check(Math.abs(power - 1) < 1e-6, fn, 'signalScale² + noiseScale²', '1', power);
  if (!KINDS.includes(to)) unknown(fn, 'to', to);
  if (from === to) return { xt: 0, output: 1 };
  switch (from) {
    case 'epsilon':
      check(s > 0, fn, 'signalScale', 'positive to convert from epsilon', s, 'predict vPrediction or x0');
      return to === 'x0' ? { xt: 1 / s, output: -sigma / s } : { xt: -sigma / s, output: 1 / s };
    case 'x0':
      check(
        sigma > 0,
        fn,
        'noiseScale',
        'positive to convert from x0',
        sigma,
        'predict vPrediction or epsilon',
      );
      return to === 'epsilon' ? { xt: 1 / sigma, output: -s / sigma } : { xt: s / sigma, output: -1 / sigma };
    case 'vPrediction':
      return to === 'x0' ? { xt: s, output: -sigma } : { xt: sigma, output: s };
    default:
      return unknown(fn, 'from', from);
  }
}

/**
 * Applies a linear form: turns a model's output into another kind of prediction.
 *
 * `form.xt·xt + form.output·output`
 *
 * @param xt - float32 `[B,H,W,C]`, the model's input; borrowed
 * @param output - float32, shape of `xt`; borrowed
 * @param form - numbers, or float32 `[B]` tensors with the coefficients of each sample; borrowed
 * @returns float32, shape of `xt`; owned by the caller
 * @throws RangeError if the shapes don't fit
 * @example
 * const denoised = convertPrediction(xt, output, conversionForm('vPrediction', 'x0', scalesAt(schedule, 500)));
 */
export function convertPrediction<T extends tf.Tensor>(xt: T, output: T, form: LinearForm<Coefficient>): T {
  const fn = 'convertPrediction';
  checkSameShape(fn, 'output', output.shape, 'xt', xt.shape);
  return tf.tidy(() => {
    const fromOutput = scaled(fn, 'form.output', output, form.output);
    return form.xt === 0 ? fromOutput : tf.add(scaled(fn, 'form.xt', xt, form.xt), fromOutput);
  });
}

const KINDS: readonly Prediction[] = ['epsilon', 'x0', 'vPrediction'];

function unknown(fn: string, name: string, value: never): never;
function unknown(fn: string, name: string, value: unknown): never;
function unknown(fn: string, name: string, value: unknown): never {
  check(false, fn, name, KINDS.map((kind) => `"${kind}"`).join(' or '), value);
}
