import { check, nearestName } from '@immiscible/core';
import type { UnetConfig } from './unet-config.js';

/** The names of {@link presets}. */
export type PresetName =
  | 'ddpm-cifar10'
  | 'ddpm-256'
  | 'ddpmpp-cifar10'
  | 'ncsnpp-cifar10'
  | 'adm-imagenet64'
  | 'adm-imagenet256'
  | 'fashion-14'
  | 'fashion-28';

/** Song et al.'s improvements on DDPM's network, at the size that EDM trains for CIFAR-10. */
const plusPlus: UnetConfig = {
  imageChannels: 3,
  channels: 128,
  channelMultipliers: [2, 2, 2],
  blocksPerLevel: 4,
  attentionLevels: [1],
  upAttention: 'last',
  resampling: 'residual',
  resampleSkip: 'projection',
  skipRescale: true,
  dropout: 0.13,
};

/** Dhariwal and Nichol's network; time steps go into it as they are. */
const ablated: UnetConfig = {
  imageChannels: 3,
  channels: 192,
  channelMultipliers: [1, 2, 3, 4],
  blocksPerLevel: 3,
  attentionLevels: [1, 2, 3],
  headChannels: 64,
  normEpsilon: 1e-5,
  conditioning: 'scaleShift',
  timeEmbedding: { type: 'positional', order: 'cosSin', frequencyShift: 0 },
  classes: 1000,
  resampling: 'residual',
  dropout: 0.1,
};

/** Networks by name. */
export const presets: Readonly<Record<PresetName, UnetConfig>> = {
  /**
   * The network of DDPM for CIFAR-10, 35,746,307 parameters. Its dropout acts where `apply` gets a `dropoutSeed`.
   *
   * @see Ho et al. 2020, appendix B (arXiv:2006.11239)
   */
  'ddpm-cifar10': {
    imageChannels: 3,
    channels: 128,
    channelMultipliers: [1, 2, 2, 2],
    blocksPerLevel: 2,
    attentionLevels: [1],
    dropout: 0.1,
  },
  /**
   * The network of DDPM for CelebA-HQ and LSUN at 256×256, 113,673,219 parameters.
   *
   * @see Ho et al. 2020, appendix B (arXiv:2006.11239)
   */
  'ddpm-256': {
    imageChannels: 3,
    channels: 128,
    channelMultipliers: [1, 1, 2, 2, 4, 4],
    blocksPerLevel: 2,
    attentionLevels: [4],
  },
  /**
   * DDPM++ as EDM has it for CIFAR-10, 55,732,739 parameters. Time: ln σ / 4, where EDM's preconditioning is used.
   *
   * @see Song et al. 2021, appendix H (arXiv:2011.13456); Karras et al. 2022, table 7 (arXiv:2206.00364)
   */
  'ddpmpp-cifar10': plusPlus,
  /**
   * NCSN++ as EDM and the consistency models have it for CIFAR-10, 56,395,523 parameters. Time: ln σ / 4 likewise.
   *
   * @see Song et al. 2021, appendix H (arXiv:2011.13456); Song et al. 2023, appendix C (arXiv:2303.01469)
   */
  'ncsnpp-cifar10': {
    ...plusPlus,
    resampleFilter: [1, 3, 3, 1],
    progressiveInput: true,
    timeEmbedding: { type: 'fourier', channels: 256, scale: 16 },
  },
  /**
   * ADM for ImageNet at 64×64, with classes: 295,899,267 parameters. Its variance is fixed; `outputChannels: 6` is for one
   * that is learned.
   *
   * @see Dhariwal & Nichol 2021, table 11 (arXiv:2105.05233)
   */
  'adm-imagenet64': ablated,
  /** ADM for ImageNet at 256×256, with classes and a learned variance: 553,838,086 parameters. */
  'adm-imagenet256': {
    ...ablated,
    outputChannels: 6,
    channels: 256,
    channelMultipliers: [1, 1, 2, 2, 4, 4],
    blocksPerLevel: 2,
    attentionLevels: [3, 4, 5],
    dropout: 0,
  },
  /** For 14×14 gray images on a processor: five residual blocks of 64 channels, all at 7×7. */
  'fashion-14': {
    imageChannels: 1,
    channels: 64,
    channelMultipliers: [1],
    blocksPerLevel: 1,
    middleAttention: false,
    stem: { spaceToDepth: 2 },
  },
  /** The same for 28×28. */
  'fashion-28': {
    imageChannels: 1,
    channels: 64,
    channelMultipliers: [1],
    blocksPerLevel: 1,
    middleAttention: false,
    stem: { spaceToDepth: 4 },
  },
};

/** @throws RangeError unless there is a preset of this name */
export function presetOf(name: string): UnetConfig {
  const names = Object.keys(presets);
  const nearest = nearestName(name, names);
  const fix = nearest && `did you mean "${nearest}"?`;
  check(names.includes(name), 'unet', 'preset', `one of ${names.join(', ')}`, name, fix);
  return presets[name as PresetName];
}
