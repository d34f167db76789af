import type { Objective } from '@immiscible/core/tensors';
import { edmDenoiser, edmObjective, edmSample } from '@immiscible/edm';
import { type Method, value } from './method.js';

/** A preconditioned denoiser over a range of noise levels, and Heun's method along Karras' levels. */
export interface EdmConfig {
  readonly kind: 'edm';
  /** Standard deviation of the images' values. Default: 0.5. */
  readonly sigmaData?: number;
  /** The network's time is this times ln σ. Default: 0.25; 250 suits positional embeddings made for timesteps. */
  readonly timeScale?: number;
  readonly sampler: {
    readonly kind: 'heun' | 'euler';
    /** New noise in a step, S_churn. Default: none. */
    readonly churn?: number;
  };
}

/** A denoiser as in EDM, with its stochastic Heun sampler. */
export function edmMethod(config: EdmConfig): Method {
  const {
    sigmaData = 0.5,
    timeScale = 0.25,
    sampler: { kind, churn },
  } = config;
  const scaling = { sigmaData, timeScale };
  const own = { ...scaling, order: kind === 'heun' ? 2 : 1, ...(churn !== undefined && { churn }) } as const;
  const name = kind === 'heun' ? 'Heun' : 'Euler';
  return {
    objective: edmObjective(scaling) as Objective,
    noiseRatio: (inputs, image) => value(inputs, 'sigma', image),
    view: `times are ${timeScale}·ln σ, sigmaData ${sigmaData}`,
    sampler: `${name} on Karras' levels${churn === undefined ? '' : `, churn ${churn}`}`,
    // EDM's sampler clips nothing in any case.
    sample: (model, params, { clip: _clip, ...options }) => edmSample(model, params, { ...own, ...options }),
    denoiser: (model) => edmDenoiser(model, scaling),
  };
}
