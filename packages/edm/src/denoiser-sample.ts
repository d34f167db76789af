import { check, checkInteger, checkOptions, type OptionKeys } from '@immiscible/core';
import type { Model, Params } from '@immiscible/core/tensors';
import {
  churned,
  denoiserView,
  EULER,
  HEUN,
  type Problem,
  rungeKutta,
  runSolver,
  SAMPLER_KEYS,
  type SamplerOptions,
  samplerOptions,
} from '@immiscible/sampling';
import { karrasSigmas, SIGMA_RANGE_KEYS, type SigmaRange } from '@immiscible/schedulers';
import type { NdArray } from 'ndarray';

/** Options of {@link denoiserSample}. */
export interface DenoiserSampleOptions extends SamplerOptions, SigmaRange {
  /** How many noise levels above 0. @defaultValue 18 (Karras et al. 2022, CIFAR-10) */
  readonly steps?: number;
  /** The levels themselves instead: strictly falling, the last 0, or wherever to stop. */
  readonly sigmas?: ArrayLike<number>;
  /** 2 is Heun's method, 1 is Euler's, that is DDIM. @defaultValue 2 */
  readonly order?: 1 | 2;
  /** S_churn: how much noise is renewed over all steps; 0 draws none after the first. @defaultValue 0 */
  readonly churn?: number;
  /** S_tmin and S_tmax: the levels between which it is, both included. @defaultValue all */
  readonly churnRange?: readonly [low: number, high: number];
  /** S_noise: standard deviation of the renewed noise; a little more than 1 makes up for lost detail. @defaultValue 1 */
  readonly churnNoise?: number;
  /** What the initial noise is multiplied by, where it isn't the first level: √(σ² + 1) in diffusers. @defaultValue the first level */
  readonly initialScale?: number;
}

/** All keys of {@link DenoiserSampleOptions}. */
export const DENOISER_KEYS: OptionKeys<DenoiserSampleOptions> = {
  ...SAMPLER_KEYS,
  ...SIGMA_RANGE_KEYS,
  steps: true,
  sigmas: true,
  order: true,
  churn: true,
  churnRange: true,
  churnNoise: true,
  initialScale: true,
};

/**
 * Draws images with any denoiser by the stochastic sampler of EDM: each step first adds noise, up to a level σ̂ somewhat
 * above its own, then follows the ODE `dx/dσ = (x − D(x, σ))/σ` to the next level with Heun's method. 2·steps − 1
 * evaluations of the model.
 *
 * `σ̂ = σ·(1 + min(S_churn/steps, √2 − 1))`, `x̂ = x + √(σ̂² − σ²)·S_noise·noise`,
 * `next = x̂ + (σ′ − σ̂)·(d + d′)/2`, d and d′ the slopes at σ̂ and, after an Euler step, at σ′ (left out where σ′ = 0)
 *
 * @param denoiser - takes σ in place of time, as `edmDenoiser(model)` does
 * @param params - borrowed
 * @param options - `initial` is noise of variance one, as fresh noise is: it is multiplied by the first level
 * @returns float32 `[count,H,W,C]`, on the host; not clipped
 * @throws RangeError if an option is unknown or out of range
 * @throws the reason of `signal` if it is aborted
 * @see Karras et al. 2022, Algorithms 1 and 2 (arXiv:2206.00364)
 */
export async function denoiserSample(
  denoiser: Model,
  params: Params,
  options: DenoiserSampleOptions,
): Promise<NdArray<Float32Array>> {
  const fn = 'denoiserSample';
  checkOptions(fn, options, DENOISER_KEYS);
  return runSolver(denoiser, params, { fn, ...denoiserProblem(fn, options), ...samplerOptions(options) });
}

/** What the options ask for. */
export function denoiserProblem(fn: string, options: DenoiserSampleOptions): Problem {
  const { churn = 0, churnRange = [0, Infinity], churnNoise = 1, order = 2, initialScale } = options;
  check(order === 1 || order === 2, fn, 'order', '1 or 2', order);
  check(churn >= 0 && churn < Infinity, fn, 'churn', 'at least 0', churn);
  check(churnRange[0] <= churnRange[1], fn, 'churnRange', '[low, high] with low <= high', churnRange);
  check(churnNoise >= 0 && churnNoise < Infinity, fn, 'churnNoise', 'at least 0', churnNoise);
  const grid = noiseLevels(fn, options);
  const begin = initialScale ?? (grid[0] as number);
  check(begin > 0 && begin < Infinity, fn, 'initialScale', 'positive', begin);
  const steps = rungeKutta(order === 2 ? HEUN : EULER);
  const solver = churned(steps, { churn, range: churnRange, noise: churnNoise });
  return { view: denoiserView(), solver, grid, initialScale: begin };
}

function noiseLevels(
  fn: string,
  { steps, sigmas, sigmaMin, sigmaMax, rho }: DenoiserSampleOptions,
): number[] {
  if (sigmas === undefined) {
    checkInteger(fn, 'steps', steps ?? 18, 2);
    const range = Object.entries({ sigmaMin, sigmaMax, rho }).filter(([, value]) => value !== undefined);
    return [0, ...karrasSigmas(steps ?? 18, Object.fromEntries(range) as SigmaRange)].reverse();
  }
  const alone = steps === undefined;
  check(alone, fn, 'sigmas', 'given without steps', { steps }, 'leave one out');
  const levels = Array.from(sigmas);
  check(levels.length >= 2, fn, 'sigmas', 'a list of at least two levels', levels);
  levels.forEach((sigma, i) => {
    const above = i === 0 ? Infinity : (levels[i - 1] as number);
    check(sigma >= 0 && sigma < above, fn, `sigmas[${i}]`, `in [0, ${above})`, sigma);
  });
  return levels;
}
