import '@tensorflow/tfjs';
import { Rng } from '@immiscible/core';
import type { Model, Params } from '@immiscible/core/tensors';
import {
  ddimInvert,
  ddimSample,
  type DdimSampleOptions,
  ddpmSample,
  type DiffusionSamplerOptions,
  dpmSolverSample,
  type DpmSolverSampleOptions,
} from '@immiscible/ddim';
import { linearSchedule, scalesAt } from '@immiscible/schedulers';
import * as tf from '@tensorflow/tfjs-core';
import ndarray, { type NdArray } from 'ndarray';
import { beforeAll, describe, expect, it } from 'vitest';
import { TorchNormal } from './torch-normal.js';

/**
 * The loops of diffusers' own tests (tests/schedulers/test_scheduler_ddim.py, …_ddim_inverse.py, …_ddpm.py and
 * …_dpm_multi.py) and the sums they hold their schedulers to. Their sample is 4×3×8×8 with the batch as its fastest
 * axis, their model `sample·t/(t + 1)`; everything is elementwise, so [3, 8, 8] stands for channels first.
 */
const COUNT = 4;
const PIXELS = 192;
const imageShape = [3, 8, 8] as const;
const ramp = (from: (c: number) => number): NdArray<Float32Array> => {
  const data = Float32Array.from({ length: COUNT * PIXELS }, (_, k) =>
    from((k % PIXELS) * COUNT + Math.floor(k / PIXELS)),
  );
  return ndarray(data, [COUNT, ...imageShape]);
};
const sample = ramp((i) => i / 768);
const model: Model = {
  init: () => ({}),
  apply: (_: Params, x, time) => tf.mul(x, tf.reshape(tf.div(time, tf.add(time, 1)), [-1, 1, 1, 1])),
};

/** A stream that gives torch's draws to all images together, in the order of its own calls. */
function torchRng(seed: number): Rng {
  const torch = new TorchNormal(seed);
  let rest = new Float32Array(0);
  const stream = {
    fillNormal: (out: Float32Array) => {
      if (rest.length === 0) rest = torch.randn(COUNT * PIXELS) as Float32Array<ArrayBuffer>;
      out.set(rest.subarray(0, out.length));
      rest = rest.subarray(out.length);
      return out;
    },
  };
  return { split: () => stream } as unknown as Rng;
}

const base: Omit<DiffusionSamplerOptions, 'rng'> = {
  ...{ schedule: linearSchedule(), prediction: 'epsilon', count: COUNT, imageShape, initial: sample },
};
const sum = ({ data }: NdArray<Float32Array>) => data.reduce((total, value) => total + Math.abs(value), 0);
const ten = { steps: 10, spacing: 'leading', epsilonFrom: 'model' } as const;
const steep = linearSchedule({ betaStart: 0.01 });

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe("the published full loop of diffusers' DDIM", () => {
  // Their noise is the sample backwards.
  const backwards = ramp((i) => (767 - i) / 768);
  const noisy = () => {
    const { signalScale, noiseScale } = scalesAt(base.schedule, 100);
    const data = sample.data.map((x0, k) => signalScale * x0 + noiseScale * backwards.data[k]!);
    return ndarray(data, [COUNT, ...imageShape]);
  };

  it.each<[title: string, options: Partial<DdimSampleOptions>, sum: number]>([
    ['epsilon', {}, 172.0067],
    ['v', { prediction: 'vPrediction' }, 52.5302],
    ['ending at the clean image', { schedule: steep }, 149.8295],
    ['ending at timestep 0', { schedule: steep, end: 'firstTimestep' }, 149.0784],
  ])('%s', async (_, options, published) => {
    const images = await ddimSample(model, {}, { ...base, ...ten, rng: torchRng(0), ...options });
    expect(Math.abs(sum(images) / published - 1)).toBeLessThan(1e-5);
  });

  it('from the eighth step on', async () => {
    const options = { ...base, initial: noisy(), timesteps: [100, 0], epsilonFrom: 'model' } as const;
    expect(
      Math.abs(sum(await ddimSample(model, {}, { ...options, rng: torchRng(0) })) / 354.5418 - 1),
    ).toBeLessThan(1e-5);
  });

  it.each<[title: string, options: Partial<DdimSampleOptions>, sum: number]>([
    ['from the clean image', {}, 671.6816],
    ['steep, from the clean image', { schedule: steep }, 539.9622],
    ['steep, from timestep 0', { schedule: steep, end: 'firstTimestep' }, 542.6722],
  ])('backwards, %s', async (_, { schedule = base.schedule, end = 'clean' }, published) => {
    const options = {
      schedule,
      prediction: 'epsilon',
      steps: 10,
      spacing: 'leading',
      end,
      clip: [-1, 1],
    } as const;
    expect(
      Math.abs(sum(await ddimInvert(model, {}, { ...options, images: sample })) / published - 1),
    ).toBeLessThan(1e-5);
  });
});

describe("the published full loop of diffusers' DDPM", () => {
  it.each([
    ['epsilon', 258.9606],
    ['vPrediction', 202.0296],
  ] as const)('%s, with the draws of its seed', async (prediction, published) => {
    const images = await ddpmSample(model, {}, { ...base, prediction, rng: torchRng(0) });
    expect(Math.abs(sum(images) / published - 1)).toBeLessThan(1e-5);
  });
});

describe("the published full loop of diffusers' DPM-Solver++(2M)", () => {
  // Eleven evenly spaced timesteps without the cleanest
  const timesteps = [999, 899, 799, 699, 599, 500, 400, 300, 200, 100];
  it.each<[title: string, options: Partial<DpmSolverSampleOptions>, mean: number]>([
    ['epsilon', { clip: false }, 0.3301],
    ['v', { clip: false, prediction: 'vPrediction' }, 0.2251],
    ['dynamic thresholding', { threshold: { quantile: 0.87, max: 0.5 } }, 1.1364],
  ])('%s', async (_, options, published) => {
    const all = { ...base, timesteps, end: 'firstTimestep', rng: torchRng(0), ...options } as const;
    expect(Math.abs(sum(await dpmSolverSample(model, {}, all)) / 768 - published)).toBeLessThan(1e-4);
  });

  it.each([
    // Not published: what diffusers 0.42.1 gives where the last step leads to the clean image.
    ['order 2', 2, 0.2409],
    ['order 1', 1, 0.22126],
  ] as const)('%s, to the clean image', async (_, order, mean) => {
    const all = { ...base, timesteps, order, clip: false, rng: torchRng(0) } as const;
    expect(Math.abs(sum(await dpmSolverSample(model, {}, all)) / 768 - mean)).toBeLessThan(1e-5);
  });
});
