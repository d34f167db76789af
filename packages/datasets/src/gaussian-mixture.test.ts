import { createRng } from '@immiscible/core';
import ndarray from 'ndarray';
import { describe, expect, test } from 'vitest';
import { gaussianMixture } from './gaussian-mixture.js';

const mixture = gaussianMixture({
  means: [
    [1, -1],
    [-2, 0.5],
    [0, 3],
  ],
  covariances: [
    0.3,
    [
      [1, 0.6],
      [0.6, 0.8],
    ],
    [
      [0.2, -0.1],
      [-0.1, 0.5],
    ],
  ],
  weights: [1, 2, 3],
});
const at = (...values: number[]) => ndarray(Float64Array.from(values), [values.length / 2, 2]);

describe('gaussianMixture', () => {
  test('one isotropic component has the density and score of the textbook', () => {
    const single = gaussianMixture({ means: [[1, 2]], covariances: [0.25] });
    const [log] = single.logDensity(at(1.5, 1));
    expect(log).toBeCloseTo(-Math.log(2 * Math.PI * 0.25) - (0.25 + 1) / (2 * 0.25), 12);
    expect(Array.from(single.score(at(1.5, 1)).data)).toEqual([-2, 4]);
  });

  test('the score is the derivative of the log density', () => {
    const rng = createRng(3);
    for (let i = 0; i < 50; i++) {
      const [x, y] = [4 * rng.normal(), 4 * rng.normal()];
      const h = 1e-5;
      const [left, right, below, above] = mixture.logDensity(at(x - h, y, x + h, y, x, y - h, x, y + h));
      const score = mixture.score(at(x, y)).data;
      expect(score[0]).toBeCloseTo(((right as number) - (left as number)) / (2 * h), 4);
      expect(score[1]).toBeCloseTo(((above as number) - (below as number)) / (2 * h), 4);
    }
  });

  test('the density integrates to 1 and, diffused, is the convolution with the noise', () => {
    const [signal, noise] = [0.8, 0.6];
    const step = 0.1;
    const target = [0.4, 1.1] as const;
    let mass = 0;
    let convolved = 0;
    for (let x = -10; x <= 10; x += step) {
      for (let y = -10; y <= 10; y += step) {
        const p = Math.exp(mixture.logDensity(at(x, y))[0] as number) * step ** 2;
        const squared = (target[0] - signal * x) ** 2 + (target[1] - signal * y) ** 2;
        mass += p;
        convolved += (p * Math.exp(-squared / (2 * noise ** 2))) / (2 * Math.PI * noise ** 2);
      }
    }
    expect(mass).toBeCloseTo(1, 6);
    expect(Math.exp(mixture.diffused(signal, noise).logDensity(at(...target))[0] as number)).toBeCloseTo(
      convolved,
      6,
    );
  });

  test('denoised is the posterior mean, here by integration', () => {
    const [signal, noise] = [0.7, 0.9];
    const step = 0.1;
    const target = [0.4, 1.1] as const;
    let mass = 0;
    const sum = [0, 0];
    for (let x = -10; x <= 10; x += step) {
      for (let y = -10; y <= 10; y += step) {
        const squared = (target[0] - signal * x) ** 2 + (target[1] - signal * y) ** 2;
        const p = Math.exp((mixture.logDensity(at(x, y))[0] as number) - squared / (2 * noise ** 2));
        mass += p;
        sum[0]! += p * x;
        sum[1]! += p * y;
      }
    }
    const { data } = mixture.denoised(at(...target), signal, noise);
    expect(data[0]).toBeCloseTo((sum[0] as number) / mass, 5);
    expect(data[1]).toBeCloseTo((sum[1] as number) / mass, 5);
  });

  test('samples have the mean and covariance of the mixture', () => {
    const n = 40_000;
    const { data } = mixture.sample(n, createRng(11));
    const mean = [0, 0];
    for (let i = 0; i < n; i++) for (const axis of [0, 1]) mean[axis]! += (data[2 * i + axis] as number) / n;
    // Σ w μ with weights 1/6, 2/6, 3/6.
    expect(Math.abs((mean[0] as number) - (1 - 4 + 0) / 6)).toBeLessThan(0.03);
    expect(Math.abs((mean[1] as number) - (-1 + 1 + 9) / 6)).toBeLessThan(0.04);
    let cross = 0;
    for (let i = 0; i < n; i++) {
      cross += (((data[2 * i] as number) - mean[0]!) * ((data[2 * i + 1] as number) - mean[1]!)) / n;
    }
    // Σ w (Σ_xy + μ_x μ_y) − mean_x mean_y.
    expect(Math.abs(cross - ((0 - 1 + 2 * (0.6 - 1) + 3 * -0.1) / 6 - (-3 / 6) * (9 / 6)))).toBeLessThan(
      0.05,
    );
  });

  test('far away from all means the score is finite and points home', () => {
    const [x] = mixture.score(at(1e6, 0)).data;
    expect(Number.isFinite(x)).toBe(true);
    expect(x).toBeLessThan(0);
  });

  test('what is not a mixture is refused by name', () => {
    expect(() => gaussianMixture({ means: [], covariances: [] })).toThrow('means must be at least one point');
    expect(() => gaussianMixture({ means: [[0]], covariances: [-1] })).toThrow(
      'covariances[0] must be symmetric and positive definite',
    );
    expect(() =>
      gaussianMixture({
        means: [[0, 0]],
        covariances: [
          [
            [1, 2],
            [2, 1],
          ],
        ],
      }),
    ).toThrow('positive definite');
    expect(() => gaussianMixture({ means: [[0]], covariances: [1], weights: [0] })).toThrow(
      'weights must be positive',
    );
    expect(() => mixture.score(ndarray(new Float64Array(3), [1, 3]))).toThrow('of shape [N,2]');
  });
});
