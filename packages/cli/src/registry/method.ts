import type { HostInputs, Model, Objective, Params, WeightAverage } from '@immiscible/core/tensors';
import type { SamplerOptions } from '@immiscible/sampling';
import type { NdArray } from 'ndarray';

/** Ratio of noise to signal, σ, in the (noisier) sample of an image of prepared inputs. */
export type NoiseRatio = (inputs: HostInputs, image: number) => number;

/** Draws samples in a number of steps; `clip: false` where values may lie outside [−1, 1]. */
export type Sample = (
  model: Model,
  params: Params,
  options: SamplerOptions & { readonly steps: number; readonly clip?: false },
) => Promise<NdArray<Float32Array>>;

/** A method, ready to train and to sample. */
export interface Method {
  readonly objective: Objective;
  /** The average of weights that the objective takes as its other network, where that isn't the one that is sampled from. */
  readonly teacher?: WeightAverage;
  readonly noiseRatio: NoiseRatio;
  /** How its network is shown noise levels: weights are of no use to another method where it differs. */
  readonly view: string;
  /** What a report says of the sampler. */
  readonly sampler: string;
  /** Whether the sampler chooses its steps: their number is then the most that it may try. */
  readonly adaptive: boolean;
  readonly sample: Sample;
  /** A network trained by it as a denoiser that takes σ in place of time, where it is one. */
  readonly denoiser?: (model: Model) => Model;
}

/** A number that an objective prepared for an image. */
export function value(inputs: HostInputs, name: string, image: number): number {
  return (inputs[name] as NdArray<Float32Array>).get(image);
}
