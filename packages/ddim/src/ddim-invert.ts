import { check, checkInteger, checkOptions, createRng, type OptionKeys } from '@immiscible/core';
import type { Model, Params } from '@immiscible/core/tensors';
import {
  runSampler,
  type SamplerOptions,
  samplerOptions,
  type SamplerStep,
  ESTIMATE_KEYS,
  type EstimateOptions,
  boundOf,
} from '@immiscible/sampling';
import { conversionForm, convertPrediction, float32Data } from '@immiscible/schedulers';
import ndarray, { type NdArray } from 'ndarray';
import { TIMESTEP_KEYS, type TimestepOptions, visitedSteps, scalesOf } from './visited-steps.js';

/** Options of {@link ddimInvert}. */
export interface DdimInvertOptions
  extends
    TimestepOptions,
    EstimateOptions,
    Pick<SamplerOptions, 'batchSize' | 'labels' | 'onStep' | 'signal'> {
  /** float32 `[N,H,W,C]`, of any strides; borrowed. */
  readonly images: NdArray<Float32Array>;
  /**
   * How often each step is refined, at one more evaluation of the model each time: with enough of them a step is the
   * exact inverse of DDIM's.
   *
   * @defaultValue 0
   */
  readonly refinements?: number;
  /** As in sampling, but off unless asked for: a clipped step can't be undone. @defaultValue false */
  readonly clip?: readonly [low: number, high: number] | false;
}

const KEYS: OptionKeys<DdimInvertOptions> = {
  ...TIMESTEP_KEYS,
  ...ESTIMATE_KEYS,
  batchSize: true,
  labels: true,
  onStep: true,
  signal: true,
  refinements: true,
  images: true,
};

/**
 * Finds the noise from which DDIM (η = 0) draws given images: its steps backwards. `ddimSample` with the same list of
 * timesteps and the result as `initial` leads back to the images.
 *
 * A step of DDIM takes ε at its noisy end, which is what is looked for here. It is first taken to be the model's answer
 * for the sample at the clean end (as in the literature), then, `refinements` times, its answer for the noisy end found
 * so far: a fixed-point iteration.
 *
 * `next = √ᾱ′·x0 + √(1 − ᾱ′)·ε`, `x0 = (xt − √(1 − ᾱ)·ε)/√ᾱ`, ᾱ′ < ᾱ
 *
 * @param model - trained by `ddimObjective`
 * @param params - borrowed
 * @param options - the images, and as for `ddimSample`; `end: 'firstTimestep'` takes the images to be at the level of timestep 0
 * @returns float32 `[N,H,W,C]`, on the host, at the first timestep of the list
 * @throws RangeError if an option is unknown or out of range
 * @throws the reason of `signal` if it is aborted
 * @see Song et al. 2021, section 4.3 (arXiv:2010.02502); Pan et al. 2023 for the iteration (arXiv:2309.04907)
 * @example
 * const options = { schedule, prediction: 'vPrediction', steps: 50 } as const;
 * const noise = await ddimInvert(model, params, { ...options, images, refinements: 3 });
 */
export async function ddimInvert(
  model: Model,
  params: Params,
  options: DdimInvertOptions,
): Promise<NdArray<Float32Array>> {
  const fn = 'ddimInvert';
  checkOptions(fn, options, KEYS);
  const { images, prediction, refinements = 0, clip = false, ...rest } = options;
  checkInteger(fn, 'refinements', refinements, 0);
  const data = float32Data(fn, 'images', images);
  check(images.shape.length === 4, fn, 'images', 'of shape [N,H,W,C]', images.shape);
  const bound = boundOf(fn, { ...rest, clip });
  const steps = visitedSteps(fn, options)
    .reverse()
    .map(({ timestep, alphaBar, alphaBarNext }): SamplerStep => {
      const form = conversionForm(prediction, 'epsilon', scalesOf(alphaBar));
      const [signal, noise] = [Math.sqrt(alphaBarNext), Math.sqrt(1 - alphaBarNext)];
      const toX0 = { xt: 1 / signal, output: -noise / signal };
      return {
        time: timestep,
        update: (sample, predict) => {
          let noisy = sample;
          for (let round = 0; round <= refinements; round++) {
            const epsilon = convertPrediction(noisy, predict(noisy, timestep), form);
            const estimate = convertPrediction(sample, epsilon, toX0);
            noisy = convertPrediction(bound ? bound(estimate) : estimate, epsilon, {
              xt: Math.sqrt(alphaBar),
              output: Math.sqrt(1 - alphaBar),
            });
          }
          return noisy;
        },
      };
    });
  const [count, ...imageShape] = images.shape as [number, number, number, number];
  // Nothing is drawn.
  const shared = { ...rest, count, imageShape, initial: ndarray(data, images.shape), rng: createRng(0) };
  return runSampler(model, params, { fn, steps, ...samplerOptions(shared) });
}
