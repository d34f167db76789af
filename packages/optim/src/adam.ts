import * as tf from '@tensorflow/tfjs-core';
import { check, checkOptions, type OptionKeys } from '@immiscible/core';
import type { GradientTransformation } from '@immiscible/core/tensors';
import { declareForm, plainForm } from './fused-adam.js';
import { mapParams, paramOf, scalarOf } from './map-params.js';
import {
  addMoments,
  fadingWeight,
  MOMENT_KEYS,
  type MomentOptions,
  momentOptions,
  type MomentState,
  zeroMoments,
} from './moments.js';
import { asSchedule, type Schedule, type ScheduleLike } from './schedule.js';

/** Options of {@link adam} and `rAdam`. */
export interface AdamOptions extends MomentOptions {
  /** Step size, or a schedule of it. */
  readonly learningRate: ScheduleLike;
}

/** For Adam's kin, which refuse other keys. */
export const ADAM_KEYS: OptionKeys<AdamOptions> = { ...MOMENT_KEYS, learningRate: true };

/** Options of {@link adamW}. */
export interface AdamWOptions extends AdamOptions {
  /** λ: each step also takes `learningRate·λ` of the weight away. @defaultValue 0.01, as PyTorch */
  readonly weightDecay?: number;
}

/**
 * Adam: `−η·m̂ / (√v̂ + ε)` with the bias-corrected running means m̂ of the gradient and v̂ of its square.
 *
 * @param options - learning rate, β1, β2 and ε
 * @throws RangeError if an option is unknown, β outside [0, 1), ε negative, or the learning rate neither a number nor a function
 * @see Kingma & Ba 2015, Algorithm 1 (arXiv:1412.6980)
 * @example
 * const optimizer = adam({ learningRate: warmup(5000, 2e-4) });
 */
export function adam(options: AdamOptions): GradientTransformation<MomentState> {
  checkOptions('adam', options, ADAM_KEYS);
  const rate = asSchedule('adam', 'learningRate', options.learningRate);
  return adamTimes('adam', options, (step) => -rate(step));
}

/**
 * Adam with decoupled weight decay: `−η·(m̂ / (√v̂ + ε) + λ·w)`.
 *
 * @param options - as {@link adam}'s, and the decay
 * @throws RangeError if β is outside [0, 1), or ε or λ negative
 * @see Loshchilov & Hutter 2019, Algorithm 2 (arXiv:1711.05101)
 */
export function adamW(options: AdamWOptions): GradientTransformation<MomentState> {
  checkOptions('adamW', options, { ...ADAM_KEYS, weightDecay: true } satisfies OptionKeys<AdamWOptions>);
  const { weightDecay = 0.01 } = options;
  check(weightDecay >= 0, 'adamW', 'weightDecay', 'non-negative', weightDecay);
  const rate = asSchedule('adamW', 'learningRate', options.learningRate);
  const inner = adamTimes('adamW', options, (step) => -rate(step));
  const transformation: GradientTransformation<MomentState> = {
    init: inner.init,
    scalars: (step) => ({ ...inner.scalars(step), decay: -rate(step) * weightDecay }),
    update: (updates, state, params, scalars) =>
      tf.tidy(() => {
        const decay = scalarOf('adamW', scalars, 'decay');
        const next = inner.update(updates, state, params, scalars);
        return {
          updates: mapParams(next.updates, (u, name) =>
            tf.add(u, tf.mul(paramOf('adamW', 'params', params, name), decay)),
          ),
          state: next.state,
        };
      }),
  };
  const { beta1, beta2 } = momentOptions('adamW', options);
  const scalars = { scale: 'scale', epsilon: 'epsilon', decay: 'decay' };
  return declareForm(transformation, plainForm({ beta1, beta2, scalars }));
}

/**
 * Adam's direction alone, `m̂ / (√v̂ + ε)`: to be scaled by what follows in a chain.
 *
 * @param options - β1, β2 and ε
 */
export function scaleByAdam(options: MomentOptions = {}): GradientTransformation<MomentState> {
  checkOptions('scaleByAdam', options, MOMENT_KEYS);
  return adamTimes('scaleByAdam', options, () => 1);
}

/** `factor(step)·m̂ / (√v̂ + ε)`, nine operations a parameter. */
function adamTimes(
  fn: string,
  options: MomentOptions,
  factor: Schedule,
): GradientTransformation<MomentState> {
  const { beta1, beta2, epsilon } = momentOptions(fn, options);
  const transformation: GradientTransformation<MomentState> = {
    init: zeroMoments,
    scalars(step) {
      // With m̂ = M/W1 and v̂ = V/W2: m̂/(√v̂ + ε) = (√W2/W1)·M / (√V + ε√W2).
      const spread = Math.sqrt(fadingWeight(beta2, step));
      return {
        scale: (factor(step) * spread) / fadingWeight(beta1, step),
        epsilon: epsilon * spread,
      };
    },
    update: (gradients, state, _params, scalars) =>
      tf.tidy(() => {
        const scale = scalarOf(fn, scalars, 'scale');
        const eps = scalarOf(fn, scalars, 'epsilon');
        const next = addMoments(fn, gradients, state, beta1, beta2);
        const updates = mapParams(next.gradientSum, (sum, name) =>
          tf.div(tf.mul(sum, scale), tf.add(tf.sqrt(next.squareSum[name] as tf.Tensor), eps)),
        );
        return { updates, state: next };
      }),
  };
  const scalars = { scale: 'scale', epsilon: 'epsilon' };
  return declareForm(transformation, plainForm({ beta1, beta2, scalars }));
}
