import '@tensorflow/tfjs';
import { readFileSync } from 'node:fs';
import { type Rng } from '@immiscible/core';
import type { Model } from '@immiscible/core/tensors';
import { eulerSample } from '@immiscible/flow-matching';
import {
  diffusersOptions,
  type FlowScheduler,
  fromDiffusersConfig,
  toDiffusersConfig,
} from '@immiscible/schedulers';
import * as tf from '@tensorflow/tfjs-core';
import ndarray from 'ndarray';
import { beforeAll, describe, expect, it } from 'vitest';

/** Where real diffusers ends (schedulers/test/fixtures/diffusers-samples.py), by options and number of steps. */
interface Group {
  readonly config: Readonly<Record<string, unknown>>;
  readonly end: Readonly<Record<string, readonly number[]>>;
}
const groups = JSON.parse(
  readFileSync(new URL('fixtures/diffusers-samples.json', import.meta.url), 'utf8'),
) as Group[];

const initial = ndarray(Float32Array.of(0.7, -1.1, 0.3, 1.9), [1, 4, 1, 1]);
const model: Model = {
  init: () => ({}),
  apply: (_, x, time) => {
    const bend = tf.mul(tf.sin(tf.div(time, 100)), 0.5);
    return tf.tanh(tf.add(tf.mul(x, 0.8), tf.reshape(bend, [-1, 1, 1, 1])));
  },
};

/** The k-th noise that is drawn is 1.3·cos(1.7·k + 0.9·j + 0.4) in pixel j. */
function closedForm(): Rng {
  let k = 0;
  const fillNormal = (out: Float32Array) => {
    out.forEach((_, j) => (out[j] = 1.3 * Math.cos(1.7 * k + 0.9 * j + 0.4)));
    k++;
    return out;
  };
  return { split: () => ({ fillNormal }) } as unknown as Rng;
}

beforeAll(() => tf.setBackend('cpu'));

describe('a config of diffusers', () => {
  it.each(groups)('is sampled as diffusers does: $config', async ({ config, end }) => {
    const scheduler = fromDiffusersConfig(config) as FlowScheduler;
    for (const [steps, expected] of Object.entries(end)) {
      const run = async () =>
        eulerSample(
          model,
          {},
          {
            ...diffusersOptions(scheduler, Number(steps)),
            ...{ count: 1, imageShape: [4, 1, 1], rng: closedForm(), initial },
          },
        );
      if (steps === '1' && config['final_sigmas_type'] === 'sigma_min') {
        // diffusers returns the noise as it is.
        await expect(run).rejects.toThrow('steps must be at least 2');
        continue;
      }
      const { data } = await run();
      const scale = Math.max(1, ...expected.map(Math.abs));
      const off = Math.max(...expected.map((value, j) => Math.abs(value - (data[j] as number)))) / scale;
      expect.soft(off, `${steps} steps`).toBeLessThan(1e-5);
    }
  });

  it.each(groups)('that was read and is written says the same: $config', ({ config }) => {
    const scheduler = fromDiffusersConfig(config);
    const written = toDiffusersConfig(scheduler);
    expect(fromDiffusersConfig(JSON.stringify(written))).toEqual(scheduler);
    const { _class_name, _diffusers_version, ...keys } = written;
    expect(config).toMatchObject(keys);
  });
});
