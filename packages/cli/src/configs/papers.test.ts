import { countParams, unet, type UnetConfig } from '@immiscible/unet';
import { describe, expect, test } from 'vitest';
import type { ExperimentConfig } from '../config/experiment.js';
import {
  celebaConsistency,
  cifar10Consistency,
  cifar10ConsistencyOriginal,
  cifar10Ddim,
  cifar10Flow,
  imagenetLatents,
  tinyImagenetConsistency,
} from './papers.js';

const parameters = ({ model: { kind: _kind, ...config } }: ExperimentConfig): number =>
  countParams(unet(config as UnetConfig).shapes);

describe('configs of the papers', () => {
  test.each([
    // Ho et al. 2020 and its code: 35.7 M. The other networks are the presets that unet's tests count in torch.
    ['DDIM', cifar10Ddim, 35_746_307],
    ['flow matching', cifar10Flow, 35_746_307],
    ['consistency', cifar10Consistency, 56_395_523],
    ['consistency, as first published', cifar10ConsistencyOriginal, 56_395_523],
  ] as const)('CIFAR-10, %s: the network has the published size', (_, config, size) => {
    expect(parameters(config)).toBe(size);
  });

  test('the networks for 64×64 and for latents can be made', () => {
    for (const config of [celebaConsistency, tinyImagenetConsistency, imagenetLatents]) {
      expect(parameters(config)).toBeGreaterThan(50e6);
    }
  });

  test.each([
    ['CIFAR-10', cifar10Consistency],
    ['CelebA', celebaConsistency],
    ['Tiny-ImageNet', tinyImagenetConsistency],
  ] as const)(
    'consistency, %s: networks see ln σ / 4 in low frequencies, as in Song and Dhariwal 2023',
    (_, config) => {
      expect(config.method).toMatchObject({ timeScale: 0.25 });
      expect(config.model).toMatchObject({ dropout: 0.3, timeEmbedding: { type: 'fourier', scale: 0.02 } });
    },
  );

  test('DDIM on CIFAR-10 has 2,040 epochs of the batches of 256 that 50,000 images give, judged each 120 epochs', () => {
    const perEpoch = Math.floor(50_000 / cifar10Ddim.batchSize);
    expect(perEpoch).toBe(195);
    expect(cifar10Ddim.steps).toBe(2040 * perEpoch);
    expect(cifar10Ddim.evaluation.every).toBe(120 * perEpoch);
  });

  test.each([
    // Li et al. 2024, Table 1.
    ['CIFAR-10, DDIM', cifar10Ddim, 256],
    ['CIFAR-10, consistency', cifar10Consistency, 512],
    ['CelebA, consistency', celebaConsistency, 1024],
    ['Tiny-ImageNet, consistency', tinyImagenetConsistency, 2048],
    ['ImageNet, latents', imagenetLatents, 512],
  ] as const)('%s: noise is assigned over as many images as the paper’s batch has', (_, config, batch) => {
    const { coupling } = config.twins[1] as (typeof config.twins)[number];
    expect(coupling).toMatchObject({ kind: 'linearAssignment', cost: 'l2', pool: batch });
    expect(batch % config.batchSize).toBe(0);
  });

  test('consistency as first published: the constants of Song et al. 2023, table 3', () => {
    expect(cifar10ConsistencyOriginal).toMatchObject({
      batchSize: 512,
      steps: 800_000,
      optimizer: { kind: 'rAdam', learningRate: 4e-4 },
      ema: { decay: 0.9999 },
      model: { preset: 'ncsnpp-cifar10', dropout: 0 },
      method: { training: { kind: 'original' }, sigmaData: 0.5, timeScale: 0.25 },
    });
  });

  test('latents are scaled and noised as in Stable Diffusion', () => {
    expect(imagenetLatents.dataset).toMatchObject({ scale: 0.18215 });
    expect(imagenetLatents.method).toMatchObject({
      schedule: { kind: 'scaledLinear' },
      prediction: 'epsilon',
    });
  });

  test('checkpoints and evaluations fall on the last step', () => {
    for (const config of [
      cifar10Ddim,
      cifar10Flow,
      cifar10Consistency,
      cifar10ConsistencyOriginal,
      imagenetLatents,
      celebaConsistency,
      tinyImagenetConsistency,
    ]) {
      expect(config.steps % config.evaluation.every).toBe(0);
      expect(config.steps % config.checkpoint.every).toBe(0);
    }
  });
});
