import { check, checkInteger, checkOptions } from '@immiscible/core';
import type { ResolvedUnetConfig } from './unet-config.js';
import { levelWidths } from './level-widths.js';
import { checkTimeEmbedding } from './time-embedding.js';

const CHOICES = {
  upAttention: ['each', 'last'],
  conditioning: ['shift', 'scaleShift'],
  resampling: ['convolution', 'residual'],
  resampleSkip: ['identity', 'projection'],
  downsamplePadding: ['end', 'both'],
} as const;
const SWITCHES = [
  'middleAttention',
  'skipRescale',
  'progressiveInput',
  'selfConditioning',
  'centerInput',
  'divideByTime',
] as const;

/** @throws RangeError if a value makes no sense, alone or with the others */
export function checkConfig(config: ResolvedUnetConfig): void {
  checkNumbers(config);
  for (const key of SWITCHES) {
    check(typeof config[key] === 'boolean', 'unet', key, 'true or false', config[key]);
  }
  for (const [key, choices] of Object.entries(CHOICES)) {
    const value = config[key as keyof typeof CHOICES];
    const known = (choices as readonly string[]).includes(value);
    check(known, 'unet', key, choices.map((choice) => `"${choice}"`).join(' or '), value);
  }
  const { stem } = config;
  checkOptions('unet', stem, ['spaceToDepth'], 'stem');
  check([1, 2, 4].includes(stem.spaceToDepth), 'unet', 'stem.spaceToDepth', '1, 2 or 4', stem.spaceToDepth);
  checkTimeEmbedding(config.timeEmbedding);
  checkTogether(config);
}

function checkNumbers(config: ResolvedUnetConfig): void {
  const { channels, channelMultipliers, attentionLevels, normEpsilon } = config;
  for (const key of [
    'imageChannels',
    'outputChannels',
    'channels',
    'blocksPerLevel',
    'attentionHeads',
    'groups',
    'timeChannels',
  ] as const) {
    checkInteger('unet', key, config[key], 1);
  }
  for (const key of ['classes', 'headChannels'] as const) checkInteger('unet', key, config[key], 0);
  for (const key of ['dropout', 'labelDropout'] as const) {
    const value = config[key];
    const probability = typeof value === 'number' && value >= 0 && value < 1;
    check(probability, 'unet', key, 'a probability in [0, 1)', value);
  }
  const small = typeof normEpsilon === 'number' && normEpsilon > 0 && normEpsilon < 1;
  check(small, 'unet', 'normEpsilon', 'a number in (0, 1)', normEpsilon);
  const listed = Array.isArray(channelMultipliers) && channelMultipliers.length > 0;
  check(listed, 'unet', 'channelMultipliers', 'a list of at least one number', channelMultipliers);
  levelWidths(channels, channelMultipliers).forEach((width, level) => {
    checkInteger('unet', `channels × channelMultipliers[${level}]`, width, 1);
  });
  check(Array.isArray(attentionLevels), 'unet', 'attentionLevels', 'a list', attentionLevels);
  const levels = `an integer in [0, ${channelMultipliers.length}), the levels being counted from 0`;
  for (const level of attentionLevels) {
    const known = Number.isInteger(level) && level >= 0 && level < channelMultipliers.length;
    check(known, 'unet', 'each of attentionLevels', levels, level);
  }
}

function checkTogether(config: ResolvedUnetConfig): void {
  const { attentionHeads, headChannels, resampling, resampleFilter, progressiveInput } = config;
  check(
    headChannels === 0 || attentionHeads === 1,
    'unet',
    'headChannels',
    `0 where attentionHeads is given, here ${attentionHeads}`,
    headChannels,
    'give one of the two',
  );
  const taps = Array.isArray(resampleFilter) ? resampleFilter.join(',') : '';
  const known = taps === '1,1' || taps === '1,3,3,1';
  check(known, 'unet', 'resampleFilter', '[1,1] or [1,3,3,1]', resampleFilter);
  const wide = taps !== '1,1' && resampling === 'convolution';
  check(!wide, 'unet', 'resampleFilter', '[1,1] where resampling is "convolution"', resampleFilter);
  const projected = config.resampleSkip === 'projection' && resampling === 'convolution';
  const alone = 'where resampling is "convolution"';
  check(!projected, 'unet', 'resampleSkip', `"identity" ${alone}`, config.resampleSkip);
  check(!progressiveInput || resampling === 'residual', 'unet', 'progressiveInput', `false ${alone}`, true);
  check(
    config.downsamplePadding === 'end' || resampling === 'convolution',
    'unet',
    'downsamplePadding',
    '"end" where resampling is "residual"',
    config.downsamplePadding,
  );
  check(
    !(config.selfConditioning && config.centerInput),
    'unet',
    'centerInput',
    'false where selfConditioning is on, since an estimate is centered',
    true,
  );
  check(
    config.labelDropout === 0 || config.classes > 0,
    'unet',
    'labelDropout',
    '0 where there are no classes',
    config.labelDropout,
  );
}
