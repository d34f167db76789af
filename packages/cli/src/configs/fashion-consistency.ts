import type { ExperimentConfig } from '../config/experiment.js';

/** Improved consistency training: images in one evaluation of the network, and in two. */
export const fashionConsistency: ExperimentConfig = {
  name: 'fashion-consistency',
  title: 'Improved consistency training on Fashion-MNIST, 14×14',
  dataset: { kind: 'fashion-mnist-10k', resolution: 14 },
  model: { kind: 'unet', preset: 'fashion-14' },
  method: { kind: 'consistency', training: { kind: 'improved', first: 10, last: 80 }, sigmaData: 0.6 },
  twins: [
    { name: 'independent', coupling: { kind: 'independent' } },
    {
      name: 'immiscible',
      coupling: { kind: 'linearAssignment', cost: 'squaredL2', pool: 2048, solver: 'auto' },
    },
  ],
  batchSize: 128,
  steps: 1200,
  optimizer: { kind: 'adam', learningRate: { kind: 'constant', value: 5e-4, warmup: 50 }, clipNorm: 1 },
  ema: { decay: 0.999 },
  evaluation: { every: 240, samples: 1000, samplingSteps: [1, 2], batchSize: 250, extractor: 'fashion' },
  grid: { count: 36 },
  checkpoint: { every: 240 },
  seed: 0,
} satisfies ExperimentConfig;

/** The same with few intervals between noise levels, most of them noisy: what assigned noise allows. See `docs/where-it-helps.md`. */
export const fashionConsistencyFew: ExperimentConfig = {
  ...fashionConsistency,
  name: 'fashion-consistency-few',
  title: 'Consistency training with 4 intervals on Fashion-MNIST, 14×14',
  method: {
    kind: 'consistency',
    training: { kind: 'improved', first: 4, last: 4, logMean: 1 },
    sigmaData: 0.6,
  },
  twins: [
    ...fashionConsistency.twins,
    {
      name: 'above2',
      coupling: { kind: 'linearAssignment', cost: 'squaredL2', pool: 2048, solver: 'auto', above: 2 },
    },
    { name: 'nearest4', coupling: { kind: 'nearestNoise', candidates: 4 } },
  ],
};

/**
 * Consistency training as first published, with the same couplings, but at most 10 intervals: with 150 an answer travels too slowly, by
 * a teacher that lags, to arrive anywhere in so few steps.
 */
export const fashionConsistencyOriginal: ExperimentConfig = {
  ...fashionConsistency,
  name: 'fashion-consistency-original',
  title: 'Consistency training (CT) on Fashion-MNIST, 14×14',
  method: { kind: 'consistency', training: { kind: 'original', last: 10 }, sigmaData: 0.6 },
  twins: fashionConsistencyFew.twins.slice(0, 3),
};

/** A consistency model from a diffusion model: `npx @immiscible/cli compare --config fashion-edm --out runs/fashion-edm` makes the teacher. */
export const fashionConsistencyDistillation: ExperimentConfig = {
  ...fashionConsistency,
  name: 'fashion-consistency-distillation',
  title: 'Consistency distillation of EDM on Fashion-MNIST, 14×14',
  method: {
    kind: 'consistency',
    training: { kind: 'distillation', teacher: 'runs/fashion-edm', twin: 'independent' },
    sigmaData: 0.6,
  },
  twins: fashionConsistencyFew.twins.slice(0, 3),
  steps: 600,
  evaluation: { ...fashionConsistency.evaluation, every: 120 },
  checkpoint: { every: 120 },
};

/** Easy consistency tuning: a consistency model from the weights of the same diffusion model, without a teacher. */
export const fashionConsistencyEasy: ExperimentConfig = {
  ...fashionConsistencyDistillation,
  name: 'fashion-consistency-easy',
  title: 'Easy consistency tuning of EDM on Fashion-MNIST, 14×14',
  method: { kind: 'consistency', training: { kind: 'easy' }, sigmaData: 0.6 },
  from: { run: 'runs/fashion-edm', twin: 'independent' },
};
