import { check, checkSameShape } from '@immiscible/core';
import * as tf from '@tensorflow/tfjs-core';
import ndarray, { type NdArray } from 'ndarray';
import { type Coefficient, scaled } from './coefficient.js';
import type { NoiseSchedule } from './noise-schedule.js';

/** How much image and how much noise a noisy sample holds: `xt = signalScale·x0 + noiseScale·noise`. */
export interface Scales<N = number> {
  /** √ᾱ in a diffusion process, 1 − t in a rectified flow. */
  readonly signalScale: N;
  /** √(1 − ᾱ) in a diffusion process, t in a rectified flow. */
  readonly noiseScale: N;
}

/** `alphaBar` of a timestep, where −1 stands for the clean image: 1. */
function alphaBarAt(fn: string, schedule: NoiseSchedule, timestep: number): number {
  const T = schedule.timesteps;
  const known = Number.isInteger(timestep) && timestep >= -1 && timestep < T;
  check(known, fn, 'timestep', `an integer in [-1, ${T})`, timestep);
  return timestep === -1 ? 1 : (schedule.alphaBar[timestep] as number);
}

/**
 * The two scales at one timestep, float64 on the host.
 *
 * `signalScale = √alphaBar[t]`, `noiseScale = √(1 − alphaBar[t])`
 *
 * @param schedule - of T timesteps
 * @param timestep - in [0, T), or −1 for the clean image
 * @throws RangeError if the schedule has no such timestep
 * @see Ho et al. 2020, Eq. 4 (arXiv:2006.11239)
 */
export function scalesAt(schedule: NoiseSchedule, timestep: number): Scales {
  const alphaBar = alphaBarAt('scalesAt', schedule, timestep);
  return { signalScale: Math.sqrt(alphaBar), noiseScale: Math.sqrt(1 - alphaBar) };
}

/**
 * The two scales of each sample, looked up on the host in float64 and rounded once: inputs of a training step.
 *
 * @param schedule - of T timesteps
 * @param timestep - `[B]`, each in [0, T)
 * @returns float32 `[B]` each
 * @throws RangeError if the schedule has no such timestep
 */
export function batchScales(schedule: NoiseSchedule, timestep: Int32Array): Scales<NdArray<Float32Array>> {
  const alphaBar = Array.from(timestep, (t) => alphaBarAt('batchScales', schedule, t));
  return {
    signalScale: ndarray(Float32Array.from(alphaBar, Math.sqrt), [timestep.length]),
    noiseScale: ndarray(
      Float32Array.from(alphaBar, (value) => Math.sqrt(1 - value)),
      [timestep.length],
    ),
  };
}

/**
 * Adds noise to clean images.
 *
 * `xt = signalScale·x0 + noiseScale·noise`
 *
 * @param x0 - float32 `[B,H,W,C]`, or any shape whose first axis is the batch; borrowed
 * @param noise - float32, shape of `x0`; borrowed
 * @param scales - numbers, or float32 `[B]` tensors with the scales of each sample; borrowed
 * @returns float32, shape of `x0`; owned by the caller
 * @throws RangeError if the shapes don't fit
 * @see Ho et al. 2020, Eq. 4 (arXiv:2006.11239)
 * @example
 * const xt = addNoise(x0, noise, scalesAt(linearSchedule(), 500));
 */
export function addNoise<T extends tf.Tensor>(x0: T, noise: T, scales: Scales<Coefficient>): T {
  checkSameShape('addNoise', 'noise', noise.shape, 'x0', x0.shape);
  return tf.tidy(() =>
    tf.add(
      scaled('addNoise', 'scales.signalScale', x0, scales.signalScale),
      scaled('addNoise', 'scales.noiseScale', noise, scales.noiseScale),
    ),
  );
}
