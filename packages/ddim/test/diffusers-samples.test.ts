import '@tensorflow/tfjs';
import { readFileSync } from 'node:fs';
import { type Rng } from '@immiscible/core';
import type { Model } from '@immiscible/core/tensors';
import { ddimSample, ddpmSample, diffusionHeunSample, dpmSolverSample } from '@immiscible/ddim';
import {
  diffusersOptions,
  diffusersSteps,
  type DiscreteScheduler,
  fromDiffusersConfig,
  toDiffusersConfig,
} from '@immiscible/schedulers';
import * as tf from '@tensorflow/tfjs-core';
import ndarray, { type NdArray } from 'ndarray';
import { beforeAll, describe, expect, it } from 'vitest';

/** Where real diffusers ends (schedulers/test/fixtures/diffusers-samples.py), by class, options and number of steps. */
interface Group {
  readonly config: Readonly<Record<string, unknown>>;
  readonly end: Readonly<Record<string, readonly number[] | null>>;
}
const groups = JSON.parse(
  readFileSync(new URL('fixtures/diffusers-samples.json', import.meta.url), 'utf8'),
  (_, value: unknown) => (value === '-Infinity' ? -Infinity : value),
) as Group[];

const START = Float32Array.of(0.7, -1.1, 0.3, 1.9);
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

function sample(scheduler: DiscreteScheduler, steps: number): Promise<NdArray<Float32Array>> {
  const shared = {
    count: 1,
    imageShape: [4, 1, 1],
    rng: closedForm(),
    initial: ndarray(START, [1, 4, 1, 1]),
  } as const;
  const options = { ...diffusersOptions(scheduler, steps), ...shared };
  const samplers = {
    ddim: ddimSample,
    ddpm: ddpmSample,
    dpmSolver: dpmSolverSample,
    heun: diffusionHeunSample,
  };
  return samplers[scheduler.method](model, {}, options);
}

/** Options that aren't the class's defaults or vary in each group. */
const named = ({ config }: Group) => {
  const { _class_name, timestep_spacing, prediction_type } = config;
  return `${_class_name} ${timestep_spacing} ${prediction_type}`;
};

beforeAll(() => tf.setBackend('cpu'));

describe('a config of diffusers', () => {
  it.each(groups.map((group) => ({ group, name: named(group) })))(
    'is sampled as diffusers does: $name',
    async ({ group: { config, end } }) => {
      const scheduler = fromDiffusersConfig(config) as DiscreteScheduler;
      for (const [steps, expected] of Object.entries(end)) {
        if (expected === null) {
          // There diffusers itself fails or gives NaN.
          await expect(async () => sample(scheduler, Number(steps))).rejects.toThrow(/must be/);
          continue;
        }
        const { data } = await sample(scheduler, Number(steps));
        const scale = Math.max(1, ...expected.map(Math.abs));
        const off = Math.max(...expected.map((value, j) => Math.abs(value - (data[j] as number)))) / scale;
        // In float32 an ε of the noisiest timestep is off by 6e-8, the estimate of the image by 157 times that.
        const rounding = scheduler.method === 'heun' && scheduler.prediction === 'epsilon' ? 2 : 1;
        expect.soft(off, `${steps} steps`).toBeLessThan(rounding * 1e-5);
      }
    },
  );

  it.each(groups.map((group) => ({ group, name: named(group) })))(
    'that was read and is written says the same: $name',
    ({ group: { config } }) => {
      const scheduler = fromDiffusersConfig(config) as DiscreteScheduler;
      const written = toDiffusersConfig(scheduler);
      expect(fromDiffusersConfig(JSON.stringify(written))).toEqual(scheduler);
      for (const [key, value] of Object.entries(written)) {
        // `fixed_small_log` is the same variance, and the trained betas are linear.
        if (key === 'variance_type' || key.startsWith('_')) continue;
        if (config['trained_betas'] && key.startsWith('beta')) continue;
        if (typeof value === 'number') expect(value, key).toBeCloseTo(config[key] as number, 12);
        else expect(value, key).toEqual(config[key]);
      }
    },
  );

  it('is sampled by its own timesteps, as diffusersSteps gives them, just as well', async () => {
    const scheduler = fromDiffusersConfig({
      _class_name: 'DDIMScheduler',
      steps_offset: 1,
    }) as DiscreteScheduler;
    const { method: _method, spacing: _spacing, offset: _offset, ...options } = scheduler;
    const shared = {
      count: 1,
      imageShape: [4, 1, 1],
      rng: closedForm(),
      initial: ndarray(START, [1, 4, 1, 1]),
    } as const;
    const by = await ddimSample(
      model,
      {},
      { ...options, timesteps: diffusersSteps(scheduler, 5), ...shared },
    );
    expect(by.data).toEqual((await sample(scheduler, 5)).data);
  });
});
