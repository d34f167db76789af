import type { UnetConfig } from './config.js';

export type PresetName = 'ddpm-cifar10' | 'fashion-14' | 'fashion-28';

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
