import type { GradientTransformation, WeightAverage } from '@immiscible/core/tensors';
import {
  adam,
  adamW,
  chain,
  clipByGlobalNorm,
  constant,
  cosineDecay,
  ema,
  flatten,
  inverseSqrtDecay,
  rAdam,
  type Schedule,
  warmup,
} from '@immiscible/optim';
import { z } from 'zod';
import type { Checked } from '../config/checked.js';

const positive = z.number().positive();
const beta = z.number().min(0).lt(1);
const warmupSteps = z.int().min(1).exactOptional().describe('Steps in which it rises from 0');

const learningRateSchema = z
  .union([
    positive,
    z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('constant'), value: positive, warmup: warmupSteps }),
      z.strictObject({
        kind: z.literal('cosine'),
        from: positive,
        to: z.number().min(0).exactOptional(),
        warmup: warmupSteps,
      }),
      z.strictObject({
        kind: z.literal('inverseSqrt'),
        value: positive,
        reference: positive,
        warmup: warmupSteps,
      }),
    ]),
  ])
  .describe('A step size, or how it changes over the run');

const common = {
  learningRate: learningRateSchema,
  beta1: beta.exactOptional(),
  beta2: beta.exactOptional(),
  epsilon: positive.exactOptional(),
  clipNorm: positive.exactOptional().describe('Longest that the gradient may be'),
};

export const optimizerSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('adam'), ...common }),
  z.strictObject({ kind: z.literal('adamW'), ...common, weightDecay: z.number().min(0).exactOptional() }),
  z.strictObject({ kind: z.literal('rAdam'), ...common }),
]);

export const emaSchema = z.strictObject({
  decay: beta,
  warmup: z.boolean().exactOptional().describe('Whether the decay starts low'),
});

/** A step size, or how it changes over the run. */
export type LearningRateConfig = Checked<typeof learningRateSchema>;

/** How weights are changed. */
export type OptimizerConfig = Checked<typeof optimizerSchema>;

/** The running average of the weights. */
export type EmaConfig = Checked<typeof emaSchema>;

const optimizers = { adam, adamW, rAdam };

/** @param steps - of the run: where a cosine ends */
export function createOptimizer(config: OptimizerConfig, steps: number): GradientTransformation {
  const { kind, learningRate: rate, clipNorm, ...options } = config;
  const optimizer = optimizers[kind]({ ...options, learningRate: schedule(rate, steps) });
  // All weights as one vector: hundreds of small operations less, which the recording of a step notices most.
  return clipNorm === undefined ? flatten(optimizer) : flatten(chain(clipByGlobalNorm(clipNorm), optimizer));
}

/** The running average of the weights that a config asks for. */
export function createEma(config: EmaConfig): WeightAverage {
  return ema(config);
}

function schedule(config: LearningRateConfig, steps: number): Schedule {
  if (typeof config === 'number') return constant(config);
  const inner =
    config.kind === 'constant'
      ? constant(config.value)
      : config.kind === 'cosine'
        ? cosineDecay({ from: config.from, steps, ...(config.to !== undefined && { to: config.to }) })
        : inverseSqrtDecay(config);
  return config.warmup === undefined ? inner : warmup(config.warmup, inner);
}
