import { selectBackend } from '@immiscible/backend';
import { createRng } from '@immiscible/core';
// eslint-disable-next-line @nx/enforce-module-boundaries -- of the same layer: that its steps can hold each network
import { jit } from '@immiscible/jit';
import { availableBackends } from '@immiscible/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { presets, selfConditioned, unet, type UnetConfig } from '../src/index.js';

/** The networks of the presets, as small as they can be. */
const thin: Partial<UnetConfig> = { channels: 4, groups: 2, blocksPerLevel: 1, channelMultipliers: [1, 2] };
const configs: Record<string, UnetConfig> = {
  'DDPM++': { ...presets['ddpmpp-cifar10'], ...thin },
  'NCSN++, self-conditioned': { ...presets['ncsnpp-cifar10'], ...thin, selfConditioning: true },
  ADM: {
    ...presets['adm-imagenet64'],
    ...thin,
    attentionLevels: [1],
    headChannels: 2,
    classes: 3,
    labelDropout: 0.5,
  },
};

// Only the native engine records; it is the first where there is one.
describe.each((await availableBackends(selectBackend)).slice(0, 1))('on %s', (backend) => {
  beforeAll(async () => {
    await selectBackend({ backend });
  });

  it.each(Object.keys(configs))('a recorded step of %s gives what one gives that is not', async (name) => {
    const config = configs[name]!;
    const model = unet(config);
    const asked = config.selfConditioning ? selfConditioned(model) : model;
    const names = Object.keys(model.shapes);
    const params = Object.fromEntries(
      Object.entries(model.shapes).map(([name, shape]) => {
        const size = shape.reduce((count, length) => count * length, 1);
        const draws = createRng(3).split(name).fillNormal(new Float32Array(size));
        return [
          name,
          tf.tensor(
            draws.map((v) => 0.3 * v),
            [...shape],
          ),
        ];
      }),
    );
    const x = tf.tensor4d(createRng(5).fillNormal(new Float32Array(2 * 4 * 4 * 3)), [2, 4, 4, 3]);
    const time = tf.tensor1d([-0.4, 0.7]);
    const labels = config.classes ? { labels: tf.tensor1d([2, 0], 'int32') } : {};
    const step = (state: Record<string, tf.Tensor>, { seed }: { seed: tf.Scalar }) => {
      const loss = (...values: tf.Tensor[]): tf.Scalar => {
        const named = Object.fromEntries(names.map((name, i) => [name, values[i]!]));
        return tf.mean(tf.square(asked.apply(named, x, time, { dropoutSeed: seed, ...labels })));
      };
      const { value, grads } = tf.valueAndGrads(loss as (...args: tf.Tensor[]) => tf.Scalar)(
        names.map((name) => state[name]!),
      );
      const norm = tf.sqrt(tf.addN(grads.map((gradient) => tf.sum(tf.square(gradient)))));
      return { state, outputs: { value, norm } };
    };
    const recorded = jit(step, { state: params });
    for (const number of [1, 2]) {
      const seed = tf.scalar(number, 'int32');
      const { value, norm } = await recorded.run({ seed });
      const { outputs } = tf.tidy(() => step(params, { seed }));
      expect(value).toBeAllClose(outputs.value, { rtol: 1e-4 });
      expect(norm).toBeAllClose(outputs.norm, { rtol: 1e-3 });
      tf.dispose([seed, value, norm, outputs]);
    }
    recorded.dispose();
    tf.dispose([params, x, time, labels] as tf.TensorContainer);
  });
});
