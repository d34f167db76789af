import type { HostInputs, Model, Objective, Params } from '@immiscible/core';
import type { SamplerOptions } from '@immiscible/schedulers';
import type { NdArray } from 'ndarray';

/** Ratio of noise to signal, σ, in the (noisier) sample of an image of prepared inputs. */
export type NoiseRatio = (inputs: HostInputs, image: number) => number;

/** Draws samples in a number of steps. */
export type Sample = (
  model: Model,
  params: Params,
  options: SamplerOptions & { readonly steps: number },
) => Promise<NdArray<Float32Array>>;

/** A method, ready to train and to sample. */
export interface Method {
  readonly objective: Objective;
  readonly noiseRatio: NoiseRatio;
  /** What a report says of the sampler. */
  readonly sampler: string;
  readonly sample: Sample;
}

/** A number that an objective prepared for an image. */
export function value(inputs: HostInputs, name: string, image: number): number {
  return (inputs[name] as NdArray<Float32Array>).get(image);
}
