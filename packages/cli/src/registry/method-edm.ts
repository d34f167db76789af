import type { Objective } from '@immiscible/core/tensors';
import { edmDenoiser, edmObjective, edmSample, edmView } from '@immiscible/edm';
import { z } from 'zod';
import type { Checked } from '../config/checked.js';
import { type Method, value } from './method.js';
import { samplerSchema, samplerTitle, solverSampler } from './sampler.js';
import { churning } from './sampling-solvers.js';

const positive = z.number().gt(0).exactOptional();

export const edmSchema = z.strictObject({
  kind: z.literal('edm'),
  sigmaData: positive.describe("Standard deviation of the images' values. Default: 0.5"),
  timeScale: positive.describe(
    "The network's time is this times ln σ. Default: 0.25; 250 suits positional embeddings made for timesteps",
  ),
  // EDM's Algorithm 2, by its own code.
  sampler: samplerSchema({ heun: churning, euler: churning }, {}),
});

/** A preconditioned denoiser over a range of noise levels. */
export type EdmConfig = Checked<typeof edmSchema>;

/** A denoiser as in EDM, with its stochastic sampler or any other. */
export function edmMethod({ sigmaData = 0.5, timeScale = 0.25, sampler }: EdmConfig): Method {
  const scaling = { sigmaData, timeScale };
  return {
    objective: edmObjective(scaling) as Objective,
    noiseRatio: (inputs, image) => value(inputs, 'sigma', image),
    view: `times are ${timeScale}·ln σ, sigmaData ${sigmaData}`,
    denoiser: (model) => edmDenoiser(model, scaling),
    ...(sampler.kind === 'heun' || sampler.kind === 'euler'
      ? ownSampler(sampler, scaling)
      : solverSampler(edmView(scaling), sampler)),
  };
}

function ownSampler(
  { kind, ...churn }: Extract<EdmConfig['sampler'], { kind: 'heun' | 'euler' }>,
  scaling: { readonly sigmaData: number; readonly timeScale: number },
): Pick<Method, 'sampler' | 'adaptive' | 'sample'> {
  const [title, order] = kind === 'heun' ? (['Heun', 2] as const) : (['Euler', 1] as const);
  return {
    sampler: samplerTitle(`${title} on Karras' levels`, churn),
    adaptive: false,
    // It clips nothing in any case.
    sample: (model, params, { clip: _clip, ...options }) =>
      edmSample(model, params, { ...scaling, order, ...churn, ...options }),
  };
}
