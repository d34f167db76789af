import { check, checkOptions, type OptionKeys } from '@immiscible/core';
import type { Scales } from '@immiscible/schedulers';
import * as tf from '@tensorflow/tfjs-core';
import { answer, type LinearStep, mix, runLinearStep, START } from './linear-steps.js';
import { type Move, oneStep, type OneStepSolver } from './solver.js';
import { probe, type View } from './view.js';

/** Options of {@link ancestral}. */
export interface AncestralOptions {
  /** η in [0, 1]: 0 draws nothing after the initial noise and is DDIM, 1 is DDPM's ancestral sampling. @defaultValue 1 */
  readonly eta?: number;
}

/** A reverse step between two noise levels as coefficients: `next = x0·denoised + xt·sample + noise·z`. */
export interface Transition {
  /** The share of the clean image's estimate. */
  readonly x0: number;
  /** The share of the sample. */
  readonly xt: number;
  /** Standard deviation of the noise that is added. */
  readonly noise: number;
}

/**
 * The step of DDIM from any point of a Gaussian path to any other with less noise.
 *
 * `next = s′·x0 + √(n′² − σ²)·ε + σ·z`, `ε = (xt − s·x0)/n`, `σ = η·n′·√(1 − (n′·s/(s′·n))²)`, with s and n the scales of
 * signal and noise; ε and x0 so keep their share, whatever η
 *
 * @param from - with noise
 * @param to - with less noise for its signal
 * @param eta - in [0, 1]
 * @see Song et al. 2021, Eq. 12 and 16 (arXiv:2010.02502)
 */
export function transition(from: Scales, to: Scales, eta: number): Transition {
  const left = (to.noiseScale * from.signalScale) / (to.signalScale * from.noiseScale);
  const noise = eta * to.noiseScale * Math.sqrt(Math.max(0, 1 - left ** 2));
  const xt = Math.sqrt(Math.max(0, to.noiseScale ** 2 - noise ** 2)) / from.noiseScale;
  return { x0: to.signalScale - xt * from.signalScale, xt, noise };
}

/**
 * DDIM (η = 0), DDPM's ancestral sampling (η = 1, Euler's ancestral method of k-diffusion) and what is between. One
 * evaluation of the model a step; for η = 0 order 1, and exact for data that is one image.
 *
 * @param options - how much noise a step renews
 * @throws RangeError if an option is unknown or out of range
 * @see Song et al. 2021, Eq. 12 (arXiv:2010.02502); Ho et al. 2020, Algorithm 2 (arXiv:2006.11239)
 */
export function ancestral(options: AncestralOptions = {}): OneStepSolver {
  const fn = 'ancestral';
  checkOptions(fn, options, { eta: true } satisfies OptionKeys<AncestralOptions>);
  const { eta = 1 } = options;
  check(eta >= 0 && eta <= 1, fn, 'eta', 'in [0, 1]', eta);
  return oneStep((view, from, to) => ancestralMove(view, from, to, eta));
}

/** DDIM: {@link ancestral} with η = 0. */
export function ddim(): OneStepSolver {
  return ancestral({ eta: 0 });
}

/** One such step; none at all between equal levels. */
export function ancestralMove(view: View, from: number, to: number, eta: number): Move {
  const start = probe(view, from);
  if (from === to) return { time: start.time, run: (xt) => tf.clone(xt) };
  const { x0, xt, noise } = transition(start.place, view.frame.at(to), eta);
  const denoised = mix([start.x0.xt, START], [start.x0.output, answer(0)]);
  const step: LinearStep = {
    stages: [{ probe: start, at: START }],
    end: mix([xt, START], [x0, denoised]),
  };
  return {
    time: start.time,
    run: (sample, predict, draw) => {
      const mean = runLinearStep(step, sample, predict);
      return noise === 0 ? mean : tf.add(mean, tf.mul(draw(), noise));
    },
  };
}
