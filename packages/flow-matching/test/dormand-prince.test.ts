import '@tensorflow/tfjs';
import { readFileSync } from 'node:fs';
import { createRng } from '@immiscible/core';
import type { Model } from '@immiscible/core/tensors';
import { type DormandPrinceOptions, dormandPrinceSample } from '@immiscible/flow-matching';
import { largestDifference } from '@immiscible/testing';
import * as tf from '@tensorflow/tfjs-core';
import ndarray from 'ndarray';
import { beforeAll, describe, expect, it } from 'vitest';
import { field, gaussian } from './fields.js';

interface Run {
  readonly name: 'gaussian' | 'wave';
  readonly tolerance: number;
  readonly evaluations: number;
  readonly times: readonly number[];
  readonly end: readonly number[];
}
const fixture: { start: number[]; runs: readonly Run[] } = JSON.parse(
  readFileSync(new URL('fixtures/rk45.json', import.meta.url), 'utf8'),
);

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const wave = field(
  () => -1,
  (t) => 8 * Math.cos(20 * t),
);
const models = { gaussian: gaussian(0.3, 0.05), wave };

/** The same model, and how often it was asked. */
function counted(model: Model): { readonly model: Model; readonly evaluations: () => number } {
  let evaluations = 0;
  const apply: Model['apply'] = (...args) => {
    evaluations++;
    return model.apply(...args);
  };
  return { model: { ...model, apply }, evaluations: () => evaluations };
}

const imageShape = [2, 2, 1] as const;
const tolerances = (tolerance: number) => ({ relativeTolerance: tolerance, absoluteTolerance: tolerance });
const run = async (model: Model, options: Partial<DormandPrinceOptions>) =>
  (await dormandPrinceSample(model, {}, { count: 3, imageShape, rng: createRng(3), ...options })).data;
const noise = (count: number) =>
  Array.from({ length: count }, (_, i) => [...createRng(3).split(i).fillNormal(new Float32Array(4))]).flat();

describe('dormandPrinceSample', () => {
  it.each(fixture.runs)(
    "takes SciPy's steps: $name, $tolerance",
    async ({ name, tolerance, evaluations: expected, times, end }) => {
      const { model, evaluations } = counted(models[name]);
      const visited: number[] = [];
      const onStep = ({ time }: { time: number }) => {
        if (visited.at(-1) !== time / 1000) visited.push(time / 1000);
      };
      const initial = ndarray(Float32Array.from(fixture.start), [1, 2, 2, 1]);
      const images = await run(model, { ...tolerances(tolerance), count: 1, initial, onStep });
      expect(evaluations()).toBe(expected);
      // Error estimates are small differences of float32 numbers here, of float64 numbers there.
      expect(largestDifference(visited, times.slice(0, -1))).toBeLessThan(0.02);
      expect(largestDifference(images, end)).toBeLessThan(1e-3);
    },
  );

  it('comes nearer to the solution as the tolerance falls, with more evaluations', async () => {
    const exact = noise(3).map((x) => 0.3 + 0.4 * x);
    const errors: number[] = [];
    const costs: number[] = [];
    for (const tolerance of [1e-2, 1e-3, 1e-4, 1e-5]) {
      const { model, evaluations } = counted(gaussian(0.3, 0.4));
      errors.push(largestDifference(await run(model, tolerances(tolerance)), exact));
      costs.push(evaluations());
    }
    for (let i = 1; i < 4; i++) {
      expect(errors[i]).toBeLessThan(errors[i - 1]!);
      expect(costs[i]).toBeGreaterThanOrEqual(costs[i - 1]!);
    }
    expect(errors[3]).toBeLessThan(1e-4);
  });

  it('gives each image steps of its own: the same bytes in any batch and any number of images', async () => {
    const all = await run(wave, { ...tolerances(1e-3), count: 4 });
    for (const batchSize of [1, 3])
      expect(await run(wave, { ...tolerances(1e-3), count: 4, batchSize })).toEqual(all);
    expect(await run(wave, { ...tolerances(1e-3), count: 1, seeds: [2] })).toEqual(all.slice(8, 12));
    expect(await run(wave, { count: 0 })).toEqual(new Float32Array(0));
  });

  it('follows straight paths in one step after the first, on any scale of time', async () => {
    const straight = (scale?: number) =>
      field(
        () => 0,
        () => 0.7,
        scale,
      );
    for (const timeScale of [1000, 1]) {
      const images = await run(straight(timeScale), { timeScale });
      expect(
        largestDifference(
          images,
          noise(3).map((x) => x - 0.7),
        ),
      ).toBeLessThan(1e-6);
    }
  });

  it('keeps no tensor, whether it ends, is stopped or gives up', async () => {
    const before = tf.memory().numTensors;
    await run(wave, { ...tolerances(1e-3), batchSize: 2 });
    await expect(run(wave, { signal: AbortSignal.abort() })).rejects.toThrow();
    await expect(run(wave, { ...tolerances(1e-4), maxSteps: 3 })).rejects.toThrow(
      /the number of steps must be at most maxSteps \(3\), got 3; relax the tolerance/,
    );
    const onStep = () => Promise.reject(new Error('stop'));
    await expect(run(wave, { onStep })).rejects.toThrow('stop');
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses options out of range', async () => {
    await expect(run(wave, { relativeTolerance: 1e-7 })).rejects.toThrow(
      /relativeTolerance must be at least 1e-6/,
    );
    await expect(run(wave, { absoluteTolerance: 0 })).rejects.toThrow(/absoluteTolerance must be positive/);
    await expect(run(wave, { maxSteps: 0 })).rejects.toThrow(/maxSteps/);
    await expect(run(wave, { timeScale: 0 })).rejects.toThrow(/timeScale/);
  });
});
