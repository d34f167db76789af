import { describe, expect, it } from 'vitest';
import { resolveConfig } from './config.js';
import type { UnetConfig } from './unet-config.js';
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
      outputChannels: 1,
      attentionLevels: [],
      upAttention: 'each',
      middleAttention: true,
      attentionHeads: 1,
      headChannels: 0,
      normEpsilon: 1e-6,
      conditioning: 'shift',
      timeEmbedding: { type: 'positional', order: 'sinCos', frequencyShift: 1, channels: 8 },
      timeChannels: 32,
      classes: 0,
      labelDropout: 0,
      dropout: 0,
      resampling: 'convolution',
      resampleFilter: [1, 1],
      resampleSkip: 'identity',
      downsamplePadding: 'end',
      skipRescale: false,
      progressiveInput: false,
      selfConditioning: false,
      centerInput: false,
      divideByTime: false,
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
      { zzzz: 0.1 },
      'unet: config has no key "zzzz"; its keys are imageChannels, channels, channelMultipliers, blocksPerLevel, attentionLevels, upAttention, middleAttention, attentionHeads, headChannels, groups, normEpsilon, conditioning, classes, labelDropout, dropout, resampling, resampleFilter, resampleSkip, downsamplePadding, skipRescale, progressiveInput, selfConditioning, centerInput, divideByTime, stem, outputChannels, timeEmbedding, timeChannels, preset',
    ],
    [{ stem: { spaceToDeph: 2 } }, 'unet: stem has no key "spaceToDeph"; did you mean "spaceToDepth"?'],
    [
      { preset: 'ddpm-cifar' },
      'unet: preset must be one of ddpm-cifar10, ddpm-256, ddpmpp-cifar10, ncsnpp-cifar10, adm-imagenet64, adm-imagenet256, fashion-14, fashion-28, got "ddpm-cifar"; did you mean "ddpm-cifar10"?',
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
    [{ labelDropout: 2 }, 'unet: labelDropout must be a probability in [0, 1), got 2'],
    [{ labelDropout: 0.1 }, 'unet: labelDropout must be 0 where there are no classes, got 0.1'],
    [{ headChannels: 3 }, 'unet: headChannels must be a divisor of the 16 channels of middle.0, got 3'],
    [
      { headChannels: 4, attentionHeads: 2 },
      'unet: headChannels must be 0 where attentionHeads is given, here 2, got 4; give one of the two',
    ],
    [{ normEpsilon: 0 }, 'unet: normEpsilon must be a number in (0, 1), got 0'],
    [{ conditioning: 'add' }, 'unet: conditioning must be "shift" or "scaleShift", got "add"'],
    [{ upAttention: 'none' }, 'unet: upAttention must be "each" or "last", got "none"'],
    [{ outputChannels: 0 }, 'unet: outputChannels must be an integer of at least 1, got 0'],
    [{ resampleFilter: [1, 2, 1] }, 'unet: resampleFilter must be [1,1] or [1,3,3,1], got [1,2,1]'],
    [
      { resampleFilter: [1, 3, 3, 1] },
      'unet: resampleFilter must be [1,1] where resampling is "convolution", got [1,3,3,1]',
    ],
    [
      { resampleSkip: 'projection' },
      'unet: resampleSkip must be "identity" where resampling is "convolution", got "projection"',
    ],
    [
      { progressiveInput: true },
      'unet: progressiveInput must be false where resampling is "convolution", got true',
    ],
    [
      { downsamplePadding: 'both', resampling: 'residual' },
      'unet: downsamplePadding must be "end" where resampling is "residual", got "both"',
    ],
    [
      { centerInput: true, selfConditioning: true },
      'unet: centerInput must be false where selfConditioning is on, since an estimate is centered, got true',
    ],
    [{ skipRescale: 1 }, 'unet: skipRescale must be true or false, got 1'],
    [
      { timeEmbedding: { type: 'sines' } },
      'unet: timeEmbedding.type must be "positional" or "fourier", got "sines"',
    ],
    [{ timeEmbedding: { frequencyShift: 2 } }, 'unet: timeEmbedding.frequencyShift must be 0 or 1, got 2'],
    [
      { timeEmbedding: { scale: 2 } },
      'unet: timeEmbedding has no key "scale"; its keys are type, order, channels, frequencyShift',
    ],
    [
      { timeEmbedding: { type: 'fourier', frequencies: [1, 2] } },
      'unet: timeEmbedding.frequencies must be a list of 4 numbers, or empty, got [1,2]',
    ],
    [
      { timeEmbedding: { type: 'fourier', scale: 0 } },
      'unet: timeEmbedding.scale must be a positive number, got 0',
    ],
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
