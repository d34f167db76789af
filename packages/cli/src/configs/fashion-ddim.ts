import type { ExperimentConfig } from '../config/experiment.js';

/** The main job: DDIM with v-prediction, where the coupling shows at every number of sampling steps. */
export const fashionDdim: ExperimentConfig = {
  name: 'fashion-ddim',
  title: 'DDIM with v-prediction on Fashion-MNIST, 14×14',
  dataset: { kind: 'fashion-mnist-10k', resolution: 14 },
  model: { kind: 'unet', preset: 'fashion-14' },
  method: {
    kind: 'ddim',
    schedule: { kind: 'linear' },
    prediction: 'vPrediction',
    sampler: { kind: 'ddim', spacing: 'trailing' },
  },
  twins: [
    { name: 'independent', coupling: { kind: 'independent' } },
    {
      name: 'immiscible',
      // Below, an image can be seen through its noise, and assignment would only distort it: docs/where-it-helps.md.
      coupling: { kind: 'linearAssignment', cost: 'squaredL2', pool: 2048, solver: 'auto', above: 2 },
    },
  ],
  batchSize: 128,
  steps: 600,
  optimizer: { kind: 'adam', learningRate: { kind: 'constant', value: 1e-3, warmup: 50 }, clipNorm: 1 },
  ema: { decay: 0.999 },
  evaluation: { every: 120, samples: 1000, samplingSteps: [2, 4, 10], batchSize: 250, extractor: 'fashion' },
  grid: { count: 36 },
  checkpoint: { every: 120 },
  seed: 0,
};

/** The same on all 60,000 images, four times as long: `npx @immiscible/datasets fetch fashion-mnist --to data/fashion-mnist`. */
export const fashionDdim60k: ExperimentConfig = {
  ...fashionDdim,
  name: 'fashion-ddim-60k',
  title: 'DDIM with v-prediction on the 60,000 images of Fashion-MNIST, 14×14',
  dataset: { kind: 'fashion-mnist-60k', directory: 'data/fashion-mnist', resolution: 14 },
  steps: 2400,
  evaluation: { ...fashionDdim.evaluation, every: 240, samples: 2000 },
  checkpoint: { every: 240 },
};
