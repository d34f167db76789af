import { createRng } from '@immiscible/core';
import { pathLength } from '@immiscible/metrics-fid';
import ndarray, { type NdArray } from 'ndarray';
import { describe, expect, it } from 'vitest';

describe('pathLength', () => {
  const identity = {
    id: 'identity@1',
    dimensions: 3,
    extract: async ({ data, shape }: NdArray<Float32Array>) => ndarray(data, [shape[0] as number, 3]),
  };
  const weights = [2, -1, 0.5];
  const generate = async ({ data, shape }: NdArray<Float32Array>) =>
    ndarray(
      data.map((value, i) => value * (weights[i % 3] as number)),
      [shape[0] as number, 1, 1, 3],
    );
  const options = { generate, extractor: identity, size: 3, rng: createRng(1), samples: 4000, epsilon: 0.01 };

  it('of a linear generator by straight paths is E‖W(z₁ − z₀)‖² = 2·tr WᵀW', async () => {
    const found = await pathLength({ ...options, interpolation: 'lerp', keep: [0, 100] });
    expect(Math.abs(found.value / (2 * 5.25) - 1)).toBeLessThan(0.06);
    // Var of Σ wᵢ²·2·χ² is 8 Σ wᵢ⁴.
    expect(Math.abs(found.std / Math.sqrt(8 * (16 + 1 + 1 / 16)) - 1)).toBeLessThan(0.1);
  });

  it('by great circles at fixed length is the mean square of the angle: Z = 2, W = 1', async () => {
    // z turns by εθ, θ uniform in [0, π], and its length grows by ε(|z₁| − |z₀|): E = 2·π²/3 + 2·(2 − π/2).
    const flat = {
      ...identity,
      dimensions: 2,
      extract: async ({ data, shape }: NdArray<Float32Array>) => ndarray(data, [shape[0] as number, 2]),
    };
    const found = await pathLength({
      ...options,
      size: 2,
      extractor: flat,
      rng: createRng(3),
      samples: 8000,
      keep: [0, 100],
      generate: async ({ data, shape }) => ndarray(data, [shape[0] as number, 1, 1, 2]),
    });
    expect(Math.abs(found.value / ((2 * Math.PI ** 2) / 3 + 2 * (2 - Math.PI / 2)) - 1)).toBeLessThan(0.06);
  });

  it('leaves out what lies beyond the percentiles, and refuses wrong options', async () => {
    const all = await pathLength({ ...options, rng: createRng(2), keep: [0, 100], samples: 500 });
    const kept = await pathLength({ ...options, rng: createRng(2), keep: [1, 50], samples: 500 });
    expect(kept.value).toBeLessThan(all.value / 1.5);
    await expect(pathLength({ ...options, epsilon: 0 })).rejects.toThrow(
      'epsilon must be in [1e-6, 1), got 0',
    );
    await expect(pathLength({ ...options, keep: [9, 1] })).rejects.toThrow(
      'keep must be two rising percentiles',
    );
  });
});
