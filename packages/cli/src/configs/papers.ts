import type { CouplingConfig } from '../registry/couplings.js';
import type { ExperimentConfig } from '../config/experiment.js';

// One config for each setting of the papers that a single machine can hold; `docs/reproducing.md` says which table each is of, and what
// differs. The data are expected in `data/`: `npx @immiscible/datasets fetch NAME --to data/NAME`.

const twin = (name: string, coupling: CouplingConfig) => ({ name, coupling });
const independent = twin('independent', { kind: 'independent' });
/** Over the paper's batch, whatever the batch of a step is. */
const assigned = (pool: number) =>
  twin('immiscible', { kind: 'linearAssignment', cost: 'l2', pool, solver: 'auto' });
const nearest = (candidates: number) => twin(`nearest${candidates}`, { kind: 'nearestNoise', candidates });

const cifar10 = { kind: 'cifar10', path: 'data/cifar10/cifar-10-python.tar.gz', flip: true } as const;

/** Adam at 2·10⁻⁴ after a warm-up of 5,000 steps, gradients of length 1 at most: DDPM's, and flow matching's after it. */
const ddpmOptimizer = {
  kind: 'adam',
  learningRate: { kind: 'constant', value: 2e-4, warmup: 5000 },
  clipNorm: 1,
} as const;

/** Li et al. 2024, Table 4 and Figures 5 and 8; Improved Immiscible Diffusion, Tables 3 and 7: DDIM on CIFAR-10. */
export const cifar10Ddim: ExperimentConfig = {
  name: 'cifar10-ddim',
  title: 'DDIM on CIFAR-10, 32×32',
  dataset: cifar10,
  model: { kind: 'unet', preset: 'ddpm-cifar10' },
  method: {
    kind: 'ddim',
    schedule: { kind: 'linear' },
    prediction: 'epsilon',
    sampler: { kind: 'ddim', spacing: 'leading', eta: 0 },
  },
  twins: [independent, assigned(256), nearest(8)],
  batchSize: 256,
  // 2,040 epochs of 195 batches.
  steps: 397_800,
  optimizer: ddpmOptimizer,
  ema: { decay: 0.9999, warmup: true },
  evaluation: {
    every: 23_400,
    samples: 50_000,
    samplingSteps: [20, 50, 100],
    batchSize: 256,
    extractor: 'inception',
  },
  grid: { count: 64 },
  checkpoint: { every: 5850 },
  seed: 0,
};

/** Improved Immiscible Diffusion, Tables 3, 4 and 8: flow matching on CIFAR-10. */
export const cifar10Flow: ExperimentConfig = {
  ...cifar10Ddim,
  name: 'cifar10-flow',
  title: 'Flow matching on CIFAR-10, 32×32',
  model: { kind: 'unet', preset: 'ddpm-cifar10', headChannels: 64 },
  method: { kind: 'flow-matching', sampler: { kind: 'euler' } },
  twins: [independent, assigned(256), nearest(4)],
  steps: 400_000,
  ema: { decay: 0.9999 },
  evaluation: { every: 20_000, samples: 50_000, samplingSteps: [50], batchSize: 256, extractor: 'inception' },
  checkpoint: { every: 5000 },
};

/** iCT's settings for its own networks: RAdam, no clipping, dropout 0.3, low frequencies of ln σ / 4. */
const consistency = {
  method: { kind: 'consistency', training: { kind: 'improved' }, sigmaData: 0.5, timeScale: 0.25 },
  model: {
    kind: 'unet',
    preset: 'ncsnpp-cifar10',
    dropout: 0.3,
    timeEmbedding: { type: 'fourier', channels: 256, scale: 0.02 },
  },
  optimizer: { kind: 'rAdam', learningRate: 1e-4 },
  ema: { decay: 0.9999 },
} as const;

/** Li et al. 2024, Figure 4a; Improved Immiscible Diffusion, Table 3: a consistency model on CIFAR-10. */
export const cifar10Consistency: ExperimentConfig = {
  ...cifar10Ddim,
  ...consistency,
  name: 'cifar10-consistency',
  title: 'Consistency training on CIFAR-10, 32×32',
  twins: [independent, assigned(512), nearest(4)],
  batchSize: 512,
  steps: 400_000,
  evaluation: {
    every: 10_000,
    samples: 50_000,
    samplingSteps: [1, 2],
    batchSize: 256,
    extractor: 'inception',
  },
  checkpoint: { every: 5000 },
};

/**
 * The same as first published: CT of Song et al. 2023, whose code the paper starts from, with the mean square in place of LPIPS.
 * More levels and a teacher by their formulas.
 */
export const cifar10ConsistencyOriginal: ExperimentConfig = {
  ...cifar10Consistency,
  name: 'cifar10-consistency-original',
  title: 'Consistency training (CT) on CIFAR-10, 32×32',
  method: { kind: 'consistency', training: { kind: 'original' }, sigmaData: 0.5, timeScale: 0.25 },
  model: { kind: 'unet', preset: 'ncsnpp-cifar10', dropout: 0 },
  optimizer: { kind: 'rAdam', learningRate: 4e-4 },
  steps: 800_000,
};

/** Li et al. 2024, section 5: a consistency model on CelebA. The paper's batch of 1,024 is the pool here. */
export const celebaConsistency: ExperimentConfig = {
  ...cifar10Consistency,
  name: 'celeba-consistency',
  title: 'Consistency training on CelebA, 64×64',
  dataset: { kind: 'celeba', path: 'data/celeba', resolution: 64, flip: true },
  // Attention at 16×16, as in the network for 32×32.
  model: { ...consistency.model, channelMultipliers: [1, 2, 2, 2], attentionLevels: [2] },
  twins: [independent, assigned(1024)],
  batchSize: 128,
  steps: 100_000,
};

/** Li et al. 2024, section 5: a consistency model on Tiny-ImageNet. The paper's batch of 2,048 is the pool here. */
export const tinyImagenetConsistency: ExperimentConfig = {
  ...celebaConsistency,
  name: 'tiny-imagenet-consistency',
  title: 'Consistency training on Tiny-ImageNet, 64×64',
  dataset: { kind: 'tiny-imagenet', path: 'data/tiny-imagenet/tiny-imagenet-200', flip: true },
  twins: [independent, assigned(2048)],
};

/**
 * Li et al. 2024, section 4.2, without text: diffusion in the latent space of Stable Diffusion's autoencoder, its noise schedule, the batch
 * of 512 of ImageNet's tenth as pool. Latents of 256×256 pictures, `[N,4,32,32]`, are made before.
 */
export const imagenetLatents: ExperimentConfig = {
  ...cifar10Ddim,
  name: 'imagenet-latents',
  title: 'Diffusion of latents of ImageNet, 32×32×4',
  dataset: { kind: 'latents', path: 'data/imagenet-latents.safetensors', scale: 0.18215 },
  model: {
    kind: 'unet',
    preset: 'adm-imagenet64',
    imageChannels: 4,
    classes: 0,
    dropout: 0,
    attentionLevels: [0, 1, 2],
  },
  method: {
    kind: 'ddim',
    schedule: { kind: 'scaledLinear' },
    prediction: 'epsilon',
    sampler: { kind: 'ddim', spacing: 'leading', eta: 0 },
  },
  twins: [independent, assigned(512), nearest(64)],
  batchSize: 128,
  steps: 70_000,
  optimizer: { kind: 'adamW', learningRate: 1e-4, weightDecay: 1e-2, clipNorm: 1 },
  ema: { decay: 0.9999 },
  evaluation: { every: 5000, samples: 10_000, samplingSteps: [20], batchSize: 128, extractor: 'values' },
  checkpoint: { every: 2500 },
};
