import * as tf from '@tensorflow/tfjs-core';
import type { Predict } from './run-batches.js';
import type { Probe } from './view.js';

/**
 * A sum of tensors known by its coefficients: of the sample at the beginning of a step, and of each answer since. Steps are
 * put together from them on the host in float64, so that on the device each is one sum with nothing to cancel.
 */
export type Mix = readonly number[];

/** The sample at the beginning. */
export const START: Mix = [1];

/** `Σ coefficient·mix` */
export function mix(...terms: readonly (readonly [coefficient: number, of: Mix])[]): Mix {
  const length = Math.max(...terms.map(([, of]) => of.length));
  return Array.from({ length }, (_, i) =>
    terms.reduce((sum, [coefficient, of]) => (coefficient === 0 ? sum : sum + coefficient * (of[i] ?? 0)), 0),
  );
}

/** The k-th answer, from 0. */
export function answer(k: number): Mix {
  return [...new Array<number>(k + 1).fill(0), 1];
}

/** Where the network is asked in a step. */
export interface Stage {
  readonly probe: Probe;
  /** The sample that it is asked about. */
  readonly at: Mix;
}

/** A step whose result is a mixture of the sample and the answers at its stages. */
export interface LinearStep {
  readonly stages: readonly Stage[];
  readonly end: Mix;
}

/** @returns a new tensor, of the shape of `xt` */
export function runLinearStep({ stages, end }: LinearStep, xt: tf.Tensor4D, predict: Predict): tf.Tensor4D {
  const tensors = [xt];
  for (const { probe, at } of stages) tensors.push(probe.ask(sum(at, tensors), predict));
  const result = sum(end, tensors);
  return tensors.includes(result) ? tf.clone(result) : result;
}

/** `Σ coefficients[i]·tensors[i]`; a tensor itself where it is nothing else. */
export function sum(coefficients: Mix, tensors: readonly tf.Tensor4D[]): tf.Tensor4D {
  const terms = tensors.flatMap((tensor, i) => {
    const coefficient = Math.fround(coefficients[i] ?? 0);
    if (coefficient === 0) return [];
    return [coefficient === 1 ? tensor : tf.mul<tf.Tensor4D>(tensor, coefficient)];
  });
  const [first, ...others] = terms;
  if (first === undefined) return tf.zerosLike(tensors[0] as tf.Tensor4D);
  return others.reduce((total, term) => tf.add(total, term), first);
}
