import { check, checkOptions } from '@immiscible/core';
import { type NoiseSchedule, snr } from './noise-schedule.js';
import type { Prediction } from './prediction.js';

/** How much the squared error of a prediction counts at each timestep: float64 `[T]`, finite and not negative. */
export type LossWeighting = (schedule: NoiseSchedule, prediction: Prediction) => Float64Array;

/** The weights of one kind of error, each as a function of the signal-to-noise ratio r ≥ 0. */
type Weights = Readonly<Record<Prediction, (r: number) => number>>;

/**
 * Errors of one and the same answer are `‖ε‖² = r·‖x0‖²` and `‖v‖² = (r + 1)·‖x0‖²`, so a weight of x0's error divided
 * by r or r + 1 is that of another kind. All are written out, so that nothing is 0/0 where no signal is left.
 */
function weighting(fn: string, weights: Weights): LossWeighting {
  return (schedule, prediction) => {
    const known = Object.hasOwn(weights, prediction);
    check(known, fn, 'prediction', '"epsilon", "x0" or "vPrediction"', prediction);
    return snr(schedule).map((r, t) => {
      const weight = weights[prediction](r);
      const fix = 'predict vPrediction or x0';
      check(
        Number.isFinite(weight),
        fn,
        `the weight of ${prediction} at timestep ${t}`,
        'finite',
        weight,
        fix,
      );
      return weight;
    });
  };
}

/**
 * Min-SNR-γ: x0's error counts as the signal-to-noise ratio r, but no more than γ, so that the nearly clean timesteps
 * don't drown the others.
 *
 * `x0: min(r, γ)`, `epsilon: min(r, γ)/r`, `vPrediction: min(r, γ)/(r + 1)`
 *
 * @param options - γ. @defaultValue 5
 * @throws RangeError unless γ is positive
 * @see Hang et al. 2023, section 3.4 (arXiv:2303.09556)
 */
export function minSnrWeighting(options: { readonly gamma?: number } = {}): LossWeighting {
  checkOptions('minSnrWeighting', options, { gamma: true });
  const { gamma = 5 } = options;
  check(gamma > 0 && gamma < Infinity, 'minSnrWeighting', 'gamma', 'positive', gamma);
  return weighting('minSnrWeighting', {
    epsilon: (r) => Math.min(1, gamma / r),
    x0: (r) => Math.min(r, gamma),
    vPrediction: (r) => Math.min(r, gamma) / (r + 1),
  });
}

/**
 * Soft-min-SNR-γ: min-SNR with its corner rounded.
 *
 * `x0: r·γ/(r + γ)`, `epsilon: γ/(r + γ)`, `vPrediction: r·γ/((r + γ)·(r + 1))`
 *
 * @param options - γ. @defaultValue 4, that is 1/σ_data² for σ_data = ½
 * @throws RangeError unless γ is positive
 * @see Crowson et al. 2024 (arXiv:2401.11605)
 */
export function softMinSnrWeighting(options: { readonly gamma?: number } = {}): LossWeighting {
  checkOptions('softMinSnrWeighting', options, { gamma: true });
  const { gamma = 4 } = options;
  check(gamma > 0 && gamma < Infinity, 'softMinSnrWeighting', 'gamma', 'positive', gamma);
  return weighting('softMinSnrWeighting', {
    epsilon: (r) => gamma / (r + gamma),
    x0: (r) => (r * gamma) / (r + gamma),
    vPrediction: (r) => (r * gamma) / ((r + gamma) * (r + 1)),
  });
}

/**
 * EDM's weighting, which gives an untrained network the same loss at every noise level.
 *
 * `x0: (σ² + σ_data²)/(σ·σ_data)² = r + 1/σ_data²`, `epsilon: 1 + 1/(r·σ_data²)`
 *
 * @param options - σ_data, the standard deviation of the data's values. @defaultValue 0.5
 * @throws RangeError unless σ_data is positive; when used for `epsilon` with a schedule that has no signal left at its
 * end, where the weight is infinite
 * @see Karras et al. 2022, table 1 (arXiv:2206.00364)
 */
export function edmWeighting(options: { readonly sigmaData?: number } = {}): LossWeighting {
  checkOptions('edmWeighting', options, { sigmaData: true });
  const { sigmaData = 0.5 } = options;
  check(sigmaData > 0 && sigmaData < Infinity, 'edmWeighting', 'sigmaData', 'positive', sigmaData);
  const ofX0 = (r: number): number => r + 1 / sigmaData ** 2;
  return weighting('edmWeighting', {
    epsilon: (r) => ofX0(r) / r,
    x0: ofX0,
    vPrediction: (r) => ofX0(r) / (r + 1),
  });
}
