import type { ExperimentConfig } from '../config/experiment.js';

/** Seconds on any engine: shows that everything works together, and nothing else. */
export const smoke: ExperimentConfig = {
  name: 'smoke',
  title: 'Smoke test: a tiny network on Fashion-MNIST, 4×4',
  dataset: { kind: 'fashion-mnist-10k', resolution: 4 },
  model: {
    kind: 'unet',
    imageChannels: 1,
    channels: 8,
    channelMultipliers: [1],
    blocksPerLevel: 1,
    middleAttention: false,
    groups: 4,
    stem: { spaceToDepth: 2 },
  },
  method: { kind: 'flow-matching', sampler: { kind: 'euler' } },
  twins: [
    { name: 'independent', coupling: { kind: 'independent' } },
    {
      name: 'immiscible',
      coupling: { kind: 'linearAssignment', cost: 'squaredL2', pool: 64, solver: 'auto' },
    },
  ],
  batchSize: 16,
  steps: 8,
  optimizer: { kind: 'adam', learningRate: 1e-3, clipNorm: 1 },
  ema: { decay: 0.9 },
  evaluation: {
    every: 4,
    samples: 96,
    samplingSteps: [1, 2],
    batchSize: 48,
    extractor: 'fashion',
    referenceImages: 200,
  },
  grid: { count: 9 },
  checkpoint: { every: 4 },
  seed: 0,
};
