import { selectBackend } from '@immiscible/backend';
import { createRng } from '@immiscible/core';
import { expectNoLeak } from '@immiscible/testing';
import * as tf from '@tensorflow/tfjs-core';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { countParams, presets, unet } from '../src/index.js';
import { images, total, values } from './small-unet.js';

beforeAll(async () => {
  await selectBackend({ backend: 'cpu' });
});

describe('presets', () => {
  it('ddpm-cifar10 has the 35,746,307 parameters of google/ddpm-cifar10-32', () => {
    const { ddpmCifar10Parameters } = JSON.parse(
      readFileSync(new URL('./fixtures/networks.json', import.meta.url), 'utf8'),
    ) as { ddpmCifar10Parameters: number };
    expect(ddpmCifar10Parameters).toBe(35_746_307);
    expect(total(unet({ preset: 'ddpm-cifar10' }).shapes)).toBe(ddpmCifar10Parameters);
  });

  const { parameters } = JSON.parse(
    readFileSync(new URL('./fixtures/networks-plus.json', import.meta.url), 'utf8'),
  ) as { parameters: Record<keyof typeof presets, number> };

  it.each(Object.keys(parameters) as (keyof typeof presets)[])(
    '%s has as many parameters as the same network in torch',
    (preset) => {
      expect(countParams(unet({ preset }).shapes)).toBe(parameters[preset]);
    },
  );

  it.each([
    ['ddpm-cifar10', {}, 35.7],
    ['ddpm-256', {}, 114],
    ['ddpmpp-cifar10', {}, 55.7],
    ['adm-imagenet64', {}, 295.9],
    ['adm-imagenet256', {}, 554],
    ['adm-imagenet256', { channelMultipliers: [1, 1, 2, 3, 4], attentionLevels: [2, 3, 4] }, 422],
    ['adm-imagenet256', { channelMultipliers: [0.5, 1, 1, 2, 2, 4, 4], attentionLevels: [4, 5, 6] }, 559],
  ] as const)('%s with %j has the parameters published, %d million', (preset, change, published) => {
    const millions = countParams(unet({ preset, ...change }).shapes) / 1e6;
    expect(Math.abs(millions - published)).toBeLessThan(Number.isInteger(published) ? 0.5 : 0.05);
  });

  it.each([
    ['fashion-14', 14],
    ['fashion-28', 28],
  ] as const)('%s takes the images that it is for', async (preset, side) => {
    const model = unet({ preset });
    const params = model.init(createRng(0));
    expect(countParams(params)).toBe(total(model.shapes));
    await expectNoLeak(() => {
      const [x, time] = [images(1, side, side, 1), tf.zeros([1]) as tf.Tensor1D];
      const y = model.apply(params, x, time);
      expect(y.shape).toEqual([1, side, side, 1]);
      return [x, time, y];
    });
    tf.dispose(params as tf.NamedTensorMap);
  });

  it.each(Object.keys(presets) as (keyof typeof presets)[])(
    '%s, thinned, takes images and gives 0 for them at first',
    (preset) => {
      if (preset.startsWith('fashion')) return;
      tf.tidy(() => {
        const { channels, channelMultipliers, headChannels = 0 } = presets[preset];
        const model = unet({
          preset,
          channels: channels / 32,
          groups: 2,
          blocksPerLevel: 1,
          headChannels: headChannels && 2,
          classes: 0,
        });
        const side = 2 ** (channelMultipliers.length - 1);
        const y = model.apply(model.init(createRng(0)), images(1, side, side, 3), tf.tensor1d([0.5]));
        expect(y.shape).toEqual([1, side, side, model.config.outputChannels]);
        expect(values(y).every((value) => value === 0)).toBe(true);
      });
    },
  );

  it('have five residual blocks where the name says fashion', () => {
    const blocks = Object.keys(unet({ preset: 'fashion-14' }).shapes).filter((name) =>
      name.endsWith('conv1.weight'),
    );
    expect(blocks).toHaveLength(5);
  });

  it('can be changed field by field', () => {
    const { config } = unet({ preset: 'fashion-14', channels: 32, classes: 10 });
    expect(config).toMatchObject({ channels: 32, classes: 10, timeChannels: 128, stem: { spaceToDepth: 2 } });
  });
});
