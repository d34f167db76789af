import { selectBackend } from '@immiscible/backend';
import { createRng } from '@immiscible/core';
import type { Params } from '@immiscible/core/tensors';
import { availableBackends, expectNoLeak } from '@immiscible/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { selfConditioned, unet, type UnetConfig } from '../src/index.js';

const small: UnetConfig = {
  imageChannels: 1,
  channels: 4,
  channelMultipliers: [1, 1],
  blocksPerLevel: 1,
  middleAttention: false,
  groups: 2,
};

/** Weights that are all away from zero. */
function noisy(model: ReturnType<typeof unet>): Record<string, tf.Tensor> {
  return Object.fromEntries(
    Object.entries(model.shapes).map(([name, shape]) => {
      const size = shape.reduce((count, length) => count * length, 1);
      const draws = createRng(3)
        .split(name)
        .fillNormal(new Float32Array(size))
        .map((value) => 0.3 * value);
      return [name, tf.tensor(draws, [...shape])];
    }),
  );
}
const images = (count: number) =>
  tf.tensor4d(createRng(5).fillNormal(new Float32Array(count * 4)), [count, 2, 2, 1]);
const seedOf = (seed: number) => tf.scalar(seed, 'int32');
const distance = (x: tf.Tensor, y: tf.Tensor) =>
  tf.max(tf.abs(tf.sub(x, y)), [1, 2, 3]).dataSync() as Float32Array;

describe.each(await availableBackends(selectBackend))('on %s', (backend) => {
  beforeAll(async () => {
    await selectBackend({ backend });
  });

  it('label dropout takes some labels for −1, as often as it says, as the seed draws them', () => {
    tf.tidy(() => {
      const model = unet({ ...small, classes: 3, labelDropout: 0.25 });
      const params = noisy(model);
      const [x, time] = [images(40), tf.fill([40], 7) as tf.Tensor1D];
      const labels = tf.fill([40], 2, 'int32') as tf.Tensor1D;
      const none = model.apply(params, x, time, { labels: tf.fill([40], -1, 'int32') as tf.Tensor1D });
      const all = model.apply(params, x, time, { labels });
      let dropped = 0;
      const seen = new Set<string>();
      for (let seed = 0; seed < 25; seed++) {
        const y = model.apply(params, x, time, { labels, dropoutSeed: seedOf(seed) });
        expect(y).toBeAllClose(model.apply(params, x, time, { labels, dropoutSeed: seedOf(seed) }));
        const [withOut, withAll] = [distance(y, none), distance(y, all)];
        withOut.forEach((far, i) => expect(Math.min(far, withAll[i]!)).toBeLessThan(1e-5));
        dropped += withOut.filter((far) => far < 1e-5).length;
        seen.add(withOut.map((far) => Number(far < 1e-5)).join(''));
      }
      expect(seen.size).toBe(25);
      // 1000 labels at 0.25: 4 standard deviations are 55.
      expect(Math.abs(dropped - 250)).toBeLessThan(55);
    });
  });
});

describe('a self-conditioned network', () => {
  const model = unet({ ...small, selfConditioning: true, outputChannels: 2 });
  const asked = selfConditioned(model);
  let params: Params;
  beforeAll(async () => {
    await selectBackend({ backend: 'cpu' });
    params = noisy(model);
  });

  it('is the network shown its own first answer to the image and zeros', () => {
    tf.tidy(() => {
      const [x, time] = [images(3), tf.tensor1d([1, 20, 300])];
      const alone = model.apply(params, tf.concat([x, tf.zerosLike(x)], 3), time);
      expect(model.apply(params, x, time)).toBeAllClose(alone);
      const answer = tf.slice(alone, [0, 0, 0, 0], [-1, -1, -1, 1]);
      const second = model.apply(params, tf.concat([x, answer], 3), time);
      expect(second).not.toBeAllClose(alone, { atol: 1e-3 });
      expect(asked.apply(params, x, time)).toBeAllClose(second);
    });
  });

  it('takes the estimate that it is told to', () => {
    tf.tidy(() => {
      const [x, time] = [images(2), tf.tensor1d([1, 20])];
      const estimate = (output: tf.Tensor4D, x: tf.Tensor4D, time: tf.Tensor1D): tf.Tensor4D =>
        tf.add(tf.mul(x, tf.reshape(time, [-1, 1, 1, 1])), tf.mean(output, 3, true));
      const shown = estimate(model.apply(params, x, time), x, time);
      expect(selfConditioned(model, { estimate }).apply(params, x, time)).toBeAllClose(
        model.apply(params, tf.concat4d([x, shown], 3), time),
      );
    });
  });

  it('has the gradient of the second pass alone', () => {
    tf.tidy(() => {
      const [x, time] = [images(2), tf.tensor1d([1, 20])];
      const answer = tf.slice(model.apply(params, x, time), [0, 0, 0, 0], [-1, -1, -1, 1]);
      const names = Object.keys(params);
      const gradients = (f: (params: Params, x: tf.Tensor4D) => tf.Tensor) =>
        tf.grads((x, ...values) =>
          tf.sum(
            tf.square(f(Object.fromEntries(names.map((name, i) => [name, values[i]!])), x as tf.Tensor4D)),
          ),
        )([x, ...names.map((name) => params[name]!)]);
      const ours = gradients((params, x) => asked.apply(params, x, time));
      const fixed = gradients((params, x) => model.apply(params, tf.concat([x, answer], 3), time));
      fixed.forEach((gradient, i) => expect(ours[i]!).toBeAllClose(gradient, { atol: 1e-5, rtol: 1e-4 }));
    });
  });

  it('while training is shown its answer for half of the images, as the seed draws them', () => {
    tf.tidy(() => {
      const [x, time] = [images(40), tf.fill([40], 30) as tf.Tensor1D];
      const [alone, second] = [model.apply(params, x, time), asked.apply(params, x, time)];
      let shown = 0;
      for (let seed = 0; seed < 25; seed++) {
        const y = asked.apply(params, x, time, { dropoutSeed: seedOf(seed) });
        const [first, last] = [distance(y, alone), distance(y, second)];
        first.forEach((far, i) => expect(Math.min(far, last[i]!)).toBeLessThan(1e-5));
        shown += first.filter((far) => far > 1e-5).length;
      }
      // 1000 images at 0.5: 4 standard deviations are 64.
      expect(Math.abs(shown - 500)).toBeLessThan(64);
    });
  });

  it('leaks nothing', async () => {
    const [x, time] = [images(2), tf.tensor1d([1, 20])];
    await expectNoLeak(() => asked.apply(params, x, time));
    const loss = (x: tf.Tensor): tf.Scalar => tf.mean(asked.apply(params, x as tf.Tensor4D, time));
    await expectNoLeak(() => tf.valueAndGrad(loss)(x));
    tf.dispose([x, time]);
  });

  it('is refused where its network has no place for an estimate', () => {
    expect(() => selfConditioned(unet(small))).toThrow(
      new RangeError('selfConditioned: model.config.selfConditioning must be true, got false'),
    );
    expect(() => selfConditioned(model, { probability: 2 })).toThrow(
      new RangeError('selfConditioned: probability must be in [0, 1], got 2'),
    );
  });
});
