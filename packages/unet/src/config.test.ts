import { describe, expect, it } from 'vitest';
import { resolveConfig, type UnetConfig } from './config.js';
import { unet } from './unet.js';

const small: UnetConfig = {
  imageChannels: 1,
  channels: 8,
  channelMultipliers: [1, 2],
  blocksPerLevel: 1,
  groups: 4,
};
const with_ = (change: object) => () => unet({ ...small, ...change } as UnetConfig);

describe('a configuration', () => {
  it('gets its defaults', () => {
    expect(resolveConfig(small)).toEqual({
      ...small,
      attentionLevels: [],
      middleAttention: true,
      attentionHeads: 1,
      dropout: 0,
      timeChannels: 32,
      classes: 0,
      stem: { spaceToDepth: 1 },
    });
  });

  it.each([
    [{ chanels: 8 }, 'unet: config has no key "chanels"; did you mean "channels"?'],
    [
      { attentionResolutions: [8] },
      'unet: config has no key "attentionResolutions"; did you mean "attentionLevels"?',
    ],
    [
      { norm: 0.1 },
      'unet: config has no key "norm"; its keys are imageChannels, channels, channelMultipliers, blocksPerLevel, attentionLevels, middleAttention, attentionHeads, groups, dropout, classes, stem, timeChannels, preset',
    ],
    [{ stem: { spaceToDeph: 2 } }, 'unet: stem has no key "spaceToDeph"; did you mean "spaceToDepth"?'],
    [
      { preset: 'ddpm-cifar' },
      'unet: preset must be one of ddpm-cifar10, fashion-14, fashion-28, got "ddpm-cifar"; did you mean "ddpm-cifar10"?',
    ],
    [{ imageChannels: 0 }, 'unet: imageChannels must be an integer of at least 1, got 0'],
    [{ channels: 7 }, 'unet: channels must be even and at least 4, for the time embedding, got 7'],
    [{ channels: '8' }, 'unet: channels must be an integer of at least 1, got "8"'],
    [{ channelMultipliers: [] }, 'unet: channelMultipliers must be a list of at least one number, got []'],
    [{ channelMultipliers: 2 }, 'unet: channelMultipliers must be a list of at least one number, got 2'],
    [
      { channelMultipliers: [1, 0.3] },
      'unet: channels × channelMultipliers[1] must be an integer of at least 1, got 2.4',
    ],
    [{ blocksPerLevel: 1.5 }, 'unet: blocksPerLevel must be an integer of at least 1, got 1.5'],
    [
      { attentionLevels: [2] },
      'unet: each of attentionLevels must be an integer in [0, 2), the levels being counted from 0, got 2',
    ],
    [{ attentionHeads: 3 }, 'unet: attentionHeads must be a divisor of the 16 channels of middle.0, got 3'],
    [{ groups: 5 }, 'unet: groups must be a divisor of the 8 channels of down.0.0, got 5'],
    [{ dropout: 1 }, 'unet: dropout must be a probability in [0, 1), got 1'],
    [{ classes: -1 }, 'unet: classes must be an integer of at least 0, got -1'],
    [{ middleAttention: 'no' }, 'unet: middleAttention must be true or false, got "no"'],
    [{ stem: { spaceToDepth: 3 } }, 'unet: stem.spaceToDepth must be 1, 2 or 4, got 3'],
  ])('with %j is refused', (change, message) => {
    expect(with_(change)).toThrow(new RangeError(message));
  });

  it('without a needed key is refused', () => {
    const { channels: _, ...rest } = small;
    expect(() => unet(rest as UnetConfig)).toThrow(
      new RangeError('unet: channels must be given, or a preset, got neither'),
    );
  });
});
