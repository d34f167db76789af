import '@tensorflow/tfjs';
import { createRng } from '@immiscible/core';
import {
  consistencyDistillation,
  consistencyTraining,
  easyConsistencyTuning,
  improvedConsistencyTraining,
} from '@immiscible/consistency';
import ndarray from 'ndarray';
import { describe, expect, it } from 'vitest';
import { lastStage, lowerLevel } from '../src/easy-consistency-tuning.js';

const images = (seed: number) => ndarray(createRng(seed).fillNormal(new Float32Array(256)), [64, 2, 2, 1]);
const batch = { x0: images(0), noise: images(1) };

describe('easyConsistencyTuning in its last stages', () => {
  it.each([
    [2, 1],
    [2, 3],
    [4, 1],
    [1.1, 1],
  ])('keeps the levels of a pair apart in float32, q = %d, stages of %d steps', (q, stageSteps) => {
    const objective = easyConsistencyTuning({ stageSteps, q });
    for (const stage of [0, 5, 19, 22, 24, 53, 54, 400, 1e6, 1e12]) {
      const { high, low, weight } = objective.prepare(batch, createRng(stage), stage * stageSteps);
      high.data.forEach((t, i) => {
        const r = low.data[i] as number;
        expect(r).toBeLessThan(t);
        // The weight is 1/(t − r) of the levels that the step gets.
        expect((weight.data[i] as number) * (t - r)).toBeCloseTo(1, 6);
      });
    }
  });

  it('comes nearer stage by stage up to the last', () => {
    // 2^20 is what the gap is divided by in stage 19.
    expect(lastStage(2)).toBe(19);
    expect(lastStage(4)).toBe(9);
    expect(1 - lowerLevel(50, lastStage(2), 2) / 50).toBeCloseTo(2 ** -20, 12);
    const objective = easyConsistencyTuning({ stageSteps: 1 });
    const at = (step: number) => objective.prepare(batch, createRng(0), step).low.data;
    expect(at(18)).not.toEqual(at(19));
    expect(at(20)).toEqual(at(19));
  });
});

describe('grids that float32 does not tell apart', () => {
  const teacher = { denoiser: { init: () => ({}), apply: (_: unknown, x: never) => x }, params: {} };
  const near = { sigmaMin: 1, sigmaMax: 1.000001 };
  it.each([
    ['consistencyTraining', () => consistencyTraining({ steps: 10, ...near })],
    ['improvedConsistencyTraining', () => improvedConsistencyTraining({ steps: 10, ...near, logMean: 0 })],
    ['consistencyDistillation', () => consistencyDistillation({ teacher, ...near })],
  ])('are refused: %s', (fn, make) => {
    expect(make).toThrow(new RegExp(`${fn}: (last|levels) must be few enough for float32`));
  });

  it('are refused before their tables are made', () => {
    expect(() => consistencyTraining({ steps: 10, last: 1e9 })).toThrow('last must be below 1048576');
    expect(() => improvedConsistencyTraining({ steps: 10, last: 1e9 })).toThrow('last must be below 1048576');
  });

  it('are refused where no level would ever be drawn', () => {
    expect(() => improvedConsistencyTraining({ steps: 10, logMean: 100 })).toThrow(
      'logMean must be within the range of ln σ',
    );
  });
});
