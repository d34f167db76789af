import type { Objective } from '@immiscible/core';
import { edmObjective, edmSample } from '@immiscible/edm';
import { type Method, value } from './method.js';

/** A preconditioned denoiser over a range of noise levels, and Heun's method along Karras' levels. */
export interface EdmConfig {
  readonly kind: 'edm';
  /** Standard deviation of the images' values. Default: 0.5. */
  readonly sigmaData?: number;
  readonly sampler: {
    readonly kind: 'heun' | 'euler';
    /** New noise in a step, S_churn. Default: none. */
    readonly churn?: number;
  };
}

export function edmMethod({ sigmaData = 0.5, sampler: { kind, churn } }: EdmConfig): Method {
  const own = { sigmaData, order: kind === 'heun' ? 2 : 1, ...(churn !== undefined && { churn }) } as const;
  const name = kind === 'heun' ? 'Heun' : 'Euler';
  return {
    objective: edmObjective({ sigmaData }) as Objective,
    noiseRatio: (inputs, image) => value(inputs, 'sigma', image),
    sampler: `${name} on Karras' levels${churn === undefined ? '' : `, churn ${churn}`}`,
    sample: (model, params, options) => edmSample(model, params, { ...own, ...options }),
  };
}
