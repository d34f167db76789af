import * as tf from '@tensorflow/tfjs-core';
import type { GradientTransformation } from '@immiscible/core/tensors';
import { checkOptions } from '@immiscible/core';
import { ADAM_KEYS, type AdamOptions } from './adam.js';
import { declareForm, plainForm } from './fused-adam.js';
import { mapParams, scalarOf } from './map-params.js';
import { addMoments, fadingWeight, momentOptions, type MomentState, zeroMoments } from './moments.js';
import { asSchedule } from './schedule.js';

/**
 * RAdam: Adam whose step size is corrected for the variance of √v̂ while few gradients have been seen, and which
 * falls back to plain momentum, `−η·m̂`, while that variance is unbounded (the first 5 steps at β2 = 0.999).
 *
 * ε is added to the square root of the uncorrected second moment, as in PyTorch; the paper has no ε.
 *
 * @param options - learning rate, β1, β2 and ε
 * @throws RangeError if β is outside [0, 1) or ε negative
 * @see Liu et al. 2020, Algorithm 2 (arXiv:1908.03265)
 */
export function rAdam(options: AdamOptions): GradientTransformation<MomentState> {
  checkOptions('rAdam', options, ADAM_KEYS);
  const { beta1, beta2, epsilon } = momentOptions('rAdam', options);
  const rate = asSchedule('rAdam', 'learningRate', options.learningRate);
  const transformation: GradientTransformation<MomentState> = {
    init: zeroMoments,
    scalars(step) {
      const weight1 = fadingWeight(beta1, step);
      const rectification = radamRectification(beta2, step);
      // The choice is made by numbers, so that the step's operations stay the same: M·scale / (√V·spread + epsilon).
      if (rectification === null) return { scale: -rate(step) / weight1, spread: 0, epsilon: 1 };
      // v = (1 − β2)·V; m̂·r·√(1 − β2^t) / (√v + ε)
      const bias2 = (1 - beta2) * fadingWeight(beta2, step);
      return {
        scale: (-rate(step) * rectification * Math.sqrt(bias2)) / weight1,
        spread: Math.sqrt(1 - beta2),
        epsilon,
      };
    },
    update: (gradients, state, _params, scalars) =>
      tf.tidy(() => {
        const scale = scalarOf('rAdam', scalars, 'scale');
        const spread = scalarOf('rAdam', scalars, 'spread');
        const eps = scalarOf('rAdam', scalars, 'epsilon');
        const next = addMoments('rAdam', gradients, state, beta1, beta2);
        const updates = mapParams(next.gradientSum, (sum, name) =>
          tf.div(tf.mul(sum, scale), tf.add(tf.mul(tf.sqrt(next.squareSum[name] as tf.Tensor), spread), eps)),
        );
        return { updates, state: next };
      }),
  };
  const scalars = { scale: 'scale', spread: 'spread', epsilon: 'epsilon' };
  return declareForm(transformation, plainForm({ beta1, beta2, scalars }));
}

/**
 * The variance rectification term r_t of step `step` (t = step + 1), or null while ρ_t ≤ 5: the paper switches at 4,
 * PyTorch and the authors' code at 5.
 */
function radamRectification(beta2: number, step: number): number | null {
  const t = step + 1;
  const rhoInfinity = 2 / (1 - beta2) - 1;
  const rho = rhoInfinity - (2 * t * beta2 ** t) / ((1 - beta2) * fadingWeight(beta2, step));
  if (rho <= 5) return null;
  return Math.sqrt(((rho - 4) * (rho - 2) * rhoInfinity) / ((rhoInfinity - 4) * (rhoInfinity - 2) * rho));
}
