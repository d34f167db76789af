import { check, checkInteger, checkOptions, checkRng, type OptionKeys, rowMajor } from '@immiscible/core';
import ndarray, { type NdArray } from 'ndarray';
import { type Component, gaussianComponent, placePoint, weightedLogDensity } from './gaussian-component.js';
import type { PointSampler } from './toy-2d.js';

/** @see {@link gaussianMixture} */
export interface GaussianMixtureOptions {
  /** Mean of each component, all of the same length D. */
  readonly means: readonly (readonly number[])[];
  /** Of each component: a variance v, meaning v·I, or a symmetric positive definite D×D matrix. */
  readonly covariances: readonly (number | readonly (readonly number[])[])[];
  /**
   * Positive; divided by their sum.
   * @defaultValue all equal
   */
  readonly weights?: readonly number[];
}

const KEYS = { means: true, covariances: true, weights: true } satisfies OptionKeys<GaussianMixtureOptions>;

/** A mixture of Gaussians, for which everything that a diffusion model learns is known. Frozen. */
export interface GaussianMixture {
  /** D, numbers of a point. */
  readonly dimensions: number;
  /** Draws points. */
  readonly sample: PointSampler;
  /** `log p(x)` of each point, `[N]`. */
  logDensity(x: NdArray<Float32Array | Float64Array>): Float64Array;
  /** `∇ log p(x)` of each point, `[N,D]`. */
  score(x: NdArray<Float32Array | Float64Array>): NdArray<Float64Array>;
  /**
   * The distribution of `signal·x0 + noise·ε` with x0 of this mixture and ε standard normal: again a mixture, of means
   * `signal·μ` and covariances `signal²·Σ + noise²·I`. For DDPM signal = √ᾱ and noise = √(1 − ᾱ); for EDM 1 and σ.
   */
  diffused(signal: number, noise: number): GaussianMixture;
  /** `E[x0 | signal·x0 + noise·ε = xt]`, `[N,D]`: what the best possible denoiser answers (Tweedie's formula). */
  denoised(xt: NdArray<Float32Array | Float64Array>, signal: number, noise: number): NdArray<Float64Array>;
}

/**
 * A Gaussian mixture with its density, its score, and both after any amount of diffusion, in closed form and float64.
 *
 * `p(x) = Σ w_k N(x; μ_k, Σ_k)`, `∇ log p(x) = Σ r_k(x) Σ_k⁻¹ (μ_k − x)` with responsibilities r by a log-sum-exp, so
 * nothing underflows far away from all means.
 *
 * @param options - means, covariances and weights of the components
 * @throws RangeError if there is no component, sizes differ, a weight is not positive, or a covariance is not
 *   symmetric positive definite
 * @see Karras et al. 2024 (arXiv:2406.02507), Sec. 3, for the use of such a mixture as a toy with a known score
 */
export function gaussianMixture(options: GaussianMixtureOptions): GaussianMixture {
  const fn = 'gaussianMixture';
  checkOptions(fn, options, KEYS);
  const { means, covariances, weights = means.map(() => 1) } = options;
  const dimensions = means[0]?.length ?? 0;
  check(
    means.length >= 1 && dimensions >= 1,
    fn,
    'means',
    'at least one point of at least one number',
    means,
  );
  check(covariances.length === means.length, fn, 'covariances', `${means.length}, one per mean`, covariances);
  check(weights.length === means.length, fn, 'weights', `${means.length}, one per mean`, weights);
  check(
    weights.every((weight) => Number.isFinite(weight) && weight > 0),
    fn,
    'weights',
    'positive and finite',
    weights,
  );
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return mixture(
    dimensions,
    means.map((mean, k): Component => {
      check(
        mean.length === dimensions && mean.every(Number.isFinite),
        fn,
        `means[${k}]`,
        `${dimensions} finite numbers`,
        mean,
      );
      const given = covariances[k] as number | readonly (readonly number[])[];
      const covariance =
        typeof given === 'number'
          ? mean.map((_, i) => mean.map((_, j) => (i === j ? given : 0)))
          : given.map((row) => [...row]);
      return gaussianComponent(
        fn,
        `covariances[${k}]`,
        Math.log((weights[k] as number) / total),
        mean,
        covariance,
      );
    }),
  );
}

/** Of one point x at a time: log p(x), and what it is made of. */
interface Evaluator {
  /** Fills `logs` and `pulls`; returns log p. */
  at(x: Float64Array | Float32Array, start: number): number;
  /** log of weight times density of each component. */
  readonly logs: Float64Array;
  /** `Σ_k⁻¹ (μ_k − x)`, one row per component. */
  readonly pulls: Float64Array;
}

function evaluator(d: number, components: readonly Component[]): Evaluator {
  const logs = new Float64Array(components.length);
  const pulls = new Float64Array(components.length * d);
  return {
    logs,
    pulls,
    at(x, start) {
      let highest = -Infinity;
      components.forEach((component, k) => {
        const log = weightedLogDensity(component, x, start, pulls.subarray(k * d, (k + 1) * d));
        logs[k] = log;
        highest = Math.max(highest, log);
      });
      let sum = 0;
      for (const log of logs) sum += Math.exp(log - highest);
      return highest + Math.log(sum);
    },
  };
}

function sampler(d: number, components: readonly Component[]): PointSampler {
  return (count, rng) => {
    checkInteger('GaussianMixture.sample', 'count', count, 1);
    checkRng('GaussianMixture.sample', rng);
    const out = new Float32Array(count * d);
    const normal = new Float64Array(d);
    for (let n = 0; n < count; n++) {
      let left = rng.uniform();
      let k = 0;
      // The last component takes what rounding leaves over.
      while (k < components.length - 1 && (left -= Math.exp((components[k] as Component).logWeight)) >= 0)
        k++;
      for (let i = 0; i < d; i++) normal[i] = rng.normal();
      placePoint(components[k] as Component, normal, out, n * d);
    }
    return ndarray(out, [count, d]);
  };
}

function mixture(d: number, components: readonly Component[]): GaussianMixture {
  const { at: logDensityAt, logs, pulls } = evaluator(d, components);
  const points = (
    fn: string,
    x: NdArray<Float32Array | Float64Array>,
  ): { count: number; data: Float32Array | Float64Array } => {
    const data = rowMajor(fn, 'x', x);
    const [count = 0, width = 0] = x.shape;
    check(x.shape.length === 2 && width === d, fn, 'x', `of shape [N,${d}]`, x);
    return { count, data };
  };

  const logDensity: GaussianMixture['logDensity'] = (x) => {
    const { count, data } = points('logDensity', x);
    return Float64Array.from({ length: count }, (_, i) => logDensityAt(data, i * d));
  };

  const score: GaussianMixture['score'] = (x) => {
    const { count, data } = points('score', x);
    const out = new Float64Array(count * d);
    for (let n = 0; n < count; n++) {
      const log = logDensityAt(data, n * d);
      for (let k = 0; k < components.length; k++) {
        const share = Math.exp((logs[k] as number) - log);
        for (let i = 0; i < d; i++) out[n * d + i]! += share * (pulls[k * d + i] as number);
      }
    }
    return ndarray(out, [count, d]);
  };

  const diffused: GaussianMixture['diffused'] = (signal, noise) => {
    check(Number.isFinite(signal), 'diffused', 'signal', 'finite', signal);
    check(Number.isFinite(noise) && noise >= 0, 'diffused', 'noise', 'finite and at least 0', noise);
    return mixture(
      d,
      components.map(({ logWeight, mean, covariance }) =>
        gaussianComponent(
          'diffused',
          'signal²·Σ + noise²·I',
          logWeight,
          mean.map((value) => signal * value),
          covariance.map((row, i) => row.map((value, j) => signal ** 2 * value + (i === j ? noise ** 2 : 0))),
        ),
      ),
    );
  };

  const denoised: GaussianMixture['denoised'] = (xt, signal, noise) => {
    check(signal !== 0, 'denoised', 'signal', 'other than 0', signal);
    const { data } = points('denoised', xt);
    const result = diffused(signal, noise).score(xt);
    for (let i = 0; i < result.data.length; i++) {
      result.data[i] = ((data[i] as number) + noise ** 2 * (result.data[i] as number)) / signal;
    }
    return result;
  };

  const sample = sampler(d, components);
  return Object.freeze({ dimensions: d, sample, logDensity, score, diffused, denoised });
}
