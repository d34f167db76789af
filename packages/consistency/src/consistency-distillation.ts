import { check, checkInteger, checkOptions, checkSameShape, type OptionKeys } from '@immiscible/core';
import type { Model, Objective, Params } from '@immiscible/core/tensors';
import { EULER, HEUN, tableauStep } from '@immiscible/sampling';
import {
  checkModel,
  eachSample,
  karrasSigmas,
  SIGMA_RANGE_KEYS,
  type SigmaRange,
} from '@immiscible/schedulers';
import * as tf from '@tensorflow/tfjs-core';
import { type ConsistencyScaling, SCALING_KEYS, scalingOf } from './consistency-function.js';
import {
  type ConsistencyInputs,
  consistencyObjective,
  meanSquare,
  type NoisySample,
  pseudoHuber,
} from './consistency-objective.js';
import { checkKarrasGrid, sigmaRangeOf } from './karras-grid.js';

/** A diffusion model that has been trained. */
export interface DistillationTeacher {
  /**
   * Estimates the clean image in `x0 + σ·noise`; takes σ in place of time. `edmDenoiser(model)` of `@immiscible/edm`,
   * `diffusionDenoiser(model, …)` of `@immiscible/ddim`, either of them with guidance or without.
   */
  readonly denoiser: Model;
  /** Its weights, of the average best; borrowed for as long as the objective is used. */
  readonly params: Params;
}

/** Options of {@link consistencyDistillation}. */
export interface ConsistencyDistillationOptions extends ConsistencyScaling, SigmaRange {
  /** The diffusion model that is distilled. */
  readonly teacher: DistillationTeacher;
  /** How many noise levels there are, the same throughout. @defaultValue 18 (Song et al. 2023, CIFAR-10) */
  readonly levels?: number;
  /** Of the teacher's step between neighboring levels: 2 is Heun's method, 1 Euler's. @defaultValue 2 */
  readonly order?: 1 | 2;
  /** c of the pseudo-Huber distance by √d, d values an image. @defaultValue none: the mean square */
  readonly huber?: number;
}

const KEYS: OptionKeys<ConsistencyDistillationOptions> = {
  ...SCALING_KEYS,
  ...SIGMA_RANGE_KEYS,
  teacher: true,
  levels: true,
  order: true,
  huber: true,
};

/**
 * Consistency distillation, CD: from a noisy image the teacher, a diffusion model, takes one step of its ODE to the level below; there
 * the running average's answer is what the model's answer is to be. Train it with `teacher: ema({ decay: 0.95, warmup: false })`, and
 * best start from the diffusion model's own weights.
 *
 * `x̂ = x + (low − high)·(x − D(x, high))/high`, at order 2 with the mean of the slopes at both of its ends,
 * `loss = mean distance(f(x, high), f⁻(x̂, low))`, `x = x0 + high·noise`
 *
 * The teacher's weights are constants of the step. A recorded step (`@immiscible/jit`) holds a copy of them.
 *
 * @param options - the teacher, noise levels, scaling and distance
 * @throws RangeError if an option is unknown or out of range; from the loss if there is no average, or the teacher changes the shape
 * @see Song et al. 2023, Algorithm 2 (arXiv:2303.01469)
 * @example
 * const objective = consistencyDistillation({ teacher: { denoiser: edmDenoiser(model), params: trained } });
 */
export function consistencyDistillation(
  options: ConsistencyDistillationOptions,
): Objective<ConsistencyInputs> {
  const fn = 'consistencyDistillation';
  checkOptions(fn, options, KEYS);
  const { teacher, levels = 18, order = 2, huber } = options;
  checkOptions(fn, teacher, { denoiser: true, params: true }, 'teacher');
  checkModel(`${fn}: teacher.denoiser`, teacher.denoiser);
  const range = sigmaRangeOf(options);
  const scaling = scalingOf(fn, options);
  checkInteger(fn, 'levels', levels, 2);
  check(order === 1 || order === 2, fn, 'order', '1 or 2', order);
  if (huber !== undefined) check(huber > 0, fn, 'huber', 'positive', huber);
  checkKarrasGrid(fn, { name: 'levels', intervals: levels - 1, range });
  const sigmas = karrasSigmas(levels, range);
  return consistencyObjective(fn, {
    scaling,
    teacher: 'average',
    distance: huber === undefined ? meanSquare : pseudoHuber(huber),
    lower: teacherStep(fn, teacher, order),
    pairsAt: () => (rng) => {
      const i = rng.integer(0, levels - 1);
      return { high: sigmas[i + 1] as number, low: sigmas[i] as number, weight: 1 };
    },
  });
}

/** One step of the teacher's ODE, `dx/dσ = (x − D(x, σ))/σ`. Levels are inputs of a recorded step: known to the device only. */
function teacherStep(
  fn: string,
  { denoiser, params }: DistillationTeacher,
  order: 1 | 2,
): (sample: NoisySample, low: tf.Tensor1D) => tf.Tensor4D {
  // Neither tableau has a stage within the step.
  const tableau = order === 2 ? HEUN : EULER;
  return ({ x, sigma: high, labels }, low) => {
    const h = eachSample(tf.sub(low, high));
    const slope = (at: tf.Tensor4D, node: number): tf.Tensor4D => {
      const sigma = node === 0 ? high : low;
      // Without dropout.
      const denoised = denoiser.apply(params, at, sigma, labels ? { labels } : {});
      checkSameShape(fn, "the teacher's output", denoised.shape, 'its input', at.shape);
      return tf.div(tf.sub(at, denoised), eachSample(sigma));
    };
    return tableauStep(tableau, x, { slope, alongStep: (change) => tf.mul(h, change) }).y;
  };
}
