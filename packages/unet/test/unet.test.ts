import { selectBackend } from '@immiscible/backend';
import { createRng } from '@immiscible/core';
import { expectNoLeak } from '@immiscible/testing';
// eslint-disable-next-line @nx/enforce-module-boundaries -- of the same layer: labels in a recorded step
import { jit } from '@immiscible/jit';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { unet } from '../src/index.js';
import { images, noisy, size, small, values } from './small-unet.js';

beforeAll(async () => {
  await selectBackend({ backend: 'cpu' });
});

describe('fresh weights', () => {
  it('give 0 for every image, since the last layer starts at zero', () => {
    tf.tidy(() => {
      const model = unet(small);
      const y = model.apply(model.init(createRng(1)), images(2, 4, 4, 1), tf.tensor1d([3, 900]));
      expect(values(y).every((value) => value === 0)).toBe(true);
    });
  });

  it('are the same for the same seed and others for another', () => {
    tf.tidy(() => {
      const weight = (seed: number) => values(unet(small).init(createRng(seed))['stem.weight']!);
      expect(weight(1)).toEqual(weight(1));
      expect(weight(1)).not.toEqual(weight(2));
    });
  });

  it('depend on their own name only: another level changes none of the first', () => {
    tf.tidy(() => {
      const deep = unet({ ...small, channelMultipliers: [1, 2, 2] }).init(createRng(1));
      const shallow = unet(small).init(createRng(1));
      for (const name of ['stem.weight', 'time.1.weight', 'down.0.0.conv1.weight', 'middle.1.conv1.weight']) {
        expect(values(deep[name]!)).toEqual(values(shallow[name]!));
      }
    });
  });

  it('are uniform within √(6 / (fan in + fan out)), or 0, or 1', () => {
    tf.tidy(() => {
      const params = unet({ ...small, channels: 32, groups: 8 }).init(createRng(1));
      const weight = values(params['down.0.0.conv1.weight']!);
      const limit = Math.sqrt(6 / (9 * 32 + 9 * 32));
      expect(Math.max(...weight)).toBeLessThan(limit);
      expect(Math.min(...weight)).toBeGreaterThan(-limit);
      // 9,216 draws: the variance of a uniform is limit²/3, its estimate within 3 %, the mean within 4 deviations.
      const mean = weight.reduce((sum, w) => sum + w, 0) / weight.length;
      const variance = weight.reduce((sum, w) => sum + w * w, 0) / weight.length;
      expect(Math.abs(mean)).toBeLessThan((4 * limit) / Math.sqrt(3 * weight.length));
      expect(Math.abs(variance / (limit ** 2 / 3) - 1)).toBeLessThan(0.03);
      for (const name of [
        'down.0.0.conv2.weight',
        'middle.0.attention.output.weight',
        'head.weight',
        'stem.bias',
      ]) {
        expect(values(params[name]!).every((value) => value === 0)).toBe(true);
      }
      expect(values(params['head.norm.weight']!).every((value) => value === 1)).toBe(true);
    });
  });

  it('are owned by the caller', async () => {
    await expectNoLeak(() => unet(small).init(createRng(0)) as tf.NamedTensorMap);
  });
});

describe('apply', () => {
  it('treats every image by itself', () => {
    tf.tidy(() => {
      const model = unet(small);
      const params = noisy(model);
      const x = images(3, 4, 6, 1);
      const time = tf.tensor1d([1, 20, 300]);
      const together = model.apply(params, x, time);
      const alone = [0, 1, 2].map((i) => model.apply(params, tf.slice(x, i, 1), tf.slice(time, i, 1)));
      expect(together).toBeAllClose(tf.concat(alone), { atol: 1e-5 });
    });
  });

  it('depends on the time', () => {
    tf.tidy(() => {
      const model = unet(small);
      const params = noisy(model);
      const [x, at] = [images(1, 4, 4, 1), (t: number) => tf.tensor1d([t])];
      expect(model.apply(params, x, at(1))).not.toBeAllClose(model.apply(params, x, at(500)), { atol: 1e-2 });
    });
  });

  it('with label −1 is the network without classes', () => {
    tf.tidy(() => {
      const model = unet({ ...small, classes: 3 });
      const params = noisy(model);
      const [x, time] = [images(2, 4, 4, 1), tf.tensor1d([5, 6])];
      const labeled = (...labels: number[]) =>
        model.apply(params, x, time, { labels: tf.tensor1d(labels, 'int32') });
      const without = unet(small).apply(params, x, time);
      expect(labeled(-1, -1)).toBeAllClose(without);
      const [first, second] = tf.unstack(labeled(2, -1)) as [tf.Tensor, tf.Tensor];
      const [plainFirst, plainSecond] = tf.unstack(without) as [tf.Tensor, tf.Tensor];
      expect(first).not.toBeAllClose(plainFirst, { atol: 1e-3 });
      expect(second).toBeAllClose(plainSecond);
    });
  });

  it('with a label that no class has is refused by value, or where that can’t be seen gives NaN for that image', () => {
    tf.tidy(() => {
      const model = unet({ ...small, classes: 3 });
      expect(model.classes).toBe(3);
      expect(unet(small).classes).toBeUndefined();
      const params = noisy(model);
      const [x, time] = [images(2, 4, 4, 1), tf.tensor1d([5, 6])];
      const step = (state: object, { labels }: { labels: tf.Tensor1D }) => ({
        state,
        outputs: { y: model.apply(params, x, time, { labels }) },
      });
      const recorded = jit(step as never, { state: {} });
      for (const label of [3, 1000, -2]) {
        const labels = tf.tensor1d([1, label], 'int32');
        expect(() => model.apply(params, x, time, { labels })).toThrow(
          `unet: labels[1] must be a class index in [0, 3), or -1 for no class, got ${label}`,
        );
        const { y } = recorded.runSync({ labels } as never) as { y: tf.Tensor };
        const [legal, other] = tf.unstack(y) as [tf.Tensor, tf.Tensor];
        expect([...legal.dataSync()].every(Number.isFinite)).toBe(true);
        expect([...other.dataSync()].every(Number.isNaN)).toBe(true);
      }
      recorded.dispose();
    });
  });
});

describe('bad input to apply', () => {
  const model = unet({ ...small, channelMultipliers: [1, 1, 2], stem: { spaceToDepth: 2 } });
  const conditional = unet({ ...small, classes: 3 });
  const apply = (network: typeof model, shape: number[], time: number, labels?: 'int32' | 'float32') => () =>
    tf.tidy(() =>
      network.apply(
        network.init(createRng(0)),
        tf.tensor<tf.Rank.R4>(new Float32Array(size(shape)), shape as [number, number, number, number]),
        tf.zeros([time]),
        labels ? { labels: tf.tensor1d([0], labels) } : {},
      ),
    );

  it.each([
    [
      'an image that the levels do not divide',
      apply(model, [1, 28, 30, 1], 1),
      'unet: height and width of x must be multiples of 8 (3 levels, spaceToDepth 2), got [28,30]; resize or pad the images, to [32,32] for example',
    ],
    [
      'a smaller one',
      apply(model, [1, 2, 17, 1], 1),
      'unet: height and width of x must be multiples of 8 (3 levels, spaceToDepth 2), got [2,17]; resize or pad the images, to [8,16] for example',
    ],
    ['other channels', apply(model, [1, 8, 8, 3], 1), 'unet: x must be of shape [B,H,W,1], got [1,8,8,3]'],
    ['another rank', apply(model, [8, 8, 1], 1), 'unet: x must be of shape [B,H,W,1], got [8,8,1]'],
    [
      'times of another batch',
      apply(model, [2, 8, 8, 1], 1),
      'unet: time must be of shape [2] like x, got [1]',
    ],
    [
      'labels without classes',
      apply(model, [1, 8, 8, 1], 1, 'int32'),
      'unet: labels must be absent, got an array of shape [1]; set `classes` for a class-conditional network, or leave labels out of the batches',
    ],
    [
      'classes without labels',
      apply(conditional, [1, 8, 8, 1], 1),
      'unet: labels must be int32 of shape [1], −1 for no class, got none',
    ],
    [
      'labels of another kind',
      apply(conditional, [1, 8, 8, 1], 1, 'float32'),
      'unet: labels must be int32 of shape [1], −1 for no class, got float32 [1]',
    ],
  ])('%s is refused', (_, run, message) => {
    expect(run).toThrow(new RangeError(message));
  });

  it('parameters of another network are refused by name', () => {
    tf.tidy(() => {
      const params = unet({ ...small, channels: 4 }).init(createRng(0));
      const [x, time] = [tf.zeros([1, 8, 8, 1]) as tf.Tensor4D, tf.zeros([1]) as tf.Tensor1D];
      expect(() => unet(small).apply(params, x, time)).toThrow(
        new RangeError('unet: params must have "time.0.weight" of shape [8,32], got shape [4,16]'),
      );
      expect(() => unet(small).apply({}, x, time)).toThrow(
        new RangeError('unet: params must have "time.0.weight" of shape [8,32], got none'),
      );
    });
  });
});

it.each([undefined, 7, createRng])('makes no weights from %o', (none) => {
  expect(() => unet(small).init(none as never)).toThrow('unet.init: rng must be an Rng, got ');
});
