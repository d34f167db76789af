import { check, checkOptions, type OptionKeys } from '@immiscible/core';
import { convertPrediction } from '@immiscible/schedulers';
import * as tf from '@tensorflow/tfjs-core';
import { sum } from './linear-steps.js';
import { halfLogSnrStep } from './half-log-snr.js';
import type { SamplerStep } from './run-sampler.js';
import type { GridSolver } from './solver.js';
import { probe, type View } from './view.js';

/** Options of {@link dpmSolver}. */
export interface DpmSolverOptions {
  /** 1 is DDIM; 2 and 3 also look at one and two estimates before: DPM-Solver++(2M) and (3M). @defaultValue 2 */
  readonly order?: 1 | 2 | 3;
  /** η from 0: 0 is the ODE, 1 the SDE, which adds noise in each step. @defaultValue 0 */
  readonly eta?: number;
  /**
   * Whether the last two of fewer than 15 steps are of orders 2 and 1, which so few steps need more than precision.
   *
   * @defaultValue false
   */
  readonly lowerOrderFinal?: boolean;
  /** Whether the last step is of order 1. Where no noise is left it always is. @defaultValue false */
  readonly eulerAtFinal?: boolean;
  /**
   * Whether in order 3 the second difference counts half, as in the authors' code, diffusers and k-diffusion: with it samples are
   * theirs, but the order is 2.
   *
   * @defaultValue false
   */
  readonly halfCurvature?: boolean;
}

/** All keys of {@link DpmSolverOptions}. */
const KEYS: OptionKeys<DpmSolverOptions> = {
  order: true,
  eta: true,
  lowerOrderFinal: true,
  eulerAtFinal: true,
  halfCurvature: true,
};

/** From so many steps on `lowerOrderFinal` is without effect (Lu et al.'s code). */
const MANY_STEPS = 15;

/**
 * DPM-Solver++ in several steps, ODE and SDE: the process in the logarithm λ of the ratio of signal to noise, of which only
 * the change of the estimates of x0 has to be guessed, from those of the steps before. One evaluation of the model a step.
 *
 * With h the step in λ, `E = e^(−(1 + η)·h)`, D the estimate of x0:
 * `next = (n′/n)·e^(−η·h)·xt + s′·((1 − E)·D + change) + n′·√(1 − e^(−2·η·h))·z`, where the change is 0 in order 1,
 * `½·(1 − E)·d` in order 2 (d: D minus the estimate before, over the ratio of the last step to this one), and in order 3
 * the quadratic through three estimates integrated.
 *
 * The first step, the one after pure noise, and the one to no noise are of order 1.
 *
 * @param options - the order, the share of noise, and how it ends
 * @throws RangeError if an option is unknown or out of range
 * @see Lu et al. 2022, Algorithm 2 and Eq. 18 (arXiv:2211.01095); k-diffusion's `sample_dpmpp_3m_sde` for order 3 with η,
 * but for the second difference
 */
export function dpmSolver(options: DpmSolverOptions = {}): GridSolver {
  const fn = 'dpmSolver';
  checkOptions(fn, options, KEYS);
  const { order = 2, eta = 0, lowerOrderFinal = false, eulerAtFinal = false } = options;
  const curvature = options.halfCurvature ? 1 : 2;
  check(order === 1 || order === 2 || order === 3, fn, 'order', '1, 2 or 3', order);
  check(eta >= 0 && eta < Infinity, fn, 'eta', 'at least 0', eta);
  return {
    steps: (view, grid) => {
      const count = grid.length - 1;
      const lowered = lowerOrderFinal && count < MANY_STEPS;
      // Steps in λ before this one, the latest first, as far back as they are finite.
      let before: number[] = [];
      return grid.slice(1).map((to, i): SamplerStep => {
        const left = count - 1 - i;
        const allowed = left === 0 && (eulerAtFinal || lowered) ? 1 : left === 1 && lowered ? 2 : order;
        const from = grid[i] as number;
        const h = halfLogSnrStep(view.frame.at(from), view.frame.at(to));
        const used = h === Infinity ? [] : before.slice(0, allowed - 1);
        before = h === Infinity ? [] : [h, ...before].slice(0, order - 1);
        return multistep(view, from, to, { h, eta, used, curvature, keep: order - 1 });
      });
    },
  };
}

interface History {
  readonly h: number;
  readonly eta: number;
  /** The steps whose estimates are used, the latest first: none in order 1. */
  readonly used: readonly number[];
  /** What the second divided difference is multiplied by. */
  readonly curvature: 1 | 2;
  /** How many estimates the next steps may use. */
  readonly keep: number;
}

function multistep(view: View, from: number, to: number, history: History): SamplerStep {
  const { h, eta, used, curvature, keep } = history;
  const start = probe(view, from);
  const { noiseScale: n } = start.place;
  const { signalScale: s1, noiseScale: n1 } = view.frame.at(to);
  // h = ∞ with η = 0 is no NaN.
  const decayed = eta === 0 ? 1 : Math.exp(-eta * h);
  const noise = eta === 0 ? 0 : n1 * Math.sqrt(-Math.expm1(-2 * eta * h));
  const shares = estimateShares(h * (1 + eta), h, used, curvature).map((share) => s1 * share);
  const same = from === to;
  const coefficients = same ? [1] : [(n1 / n) * decayed, ...shares];
  return {
    time: start.time,
    update: (xt, predict, draw, carried) => {
      const x0 = convertPrediction(xt, start.ask(xt, predict), start.x0);
      const mean = sum(coefficients, [xt, x0, ...carried]);
      const next: tf.Tensor4D = noise === 0 ? tf.clone(mean) : tf.add(mean, tf.mul(draw(), noise));
      return { xt: next, carry: [x0, ...carried.map((kept) => tf.clone(kept))].slice(0, keep) };
    },
  };
}

/** The shares of the estimates, the latest first, in `(1 − E)·D + change`, E = e^(−whole). */
function estimateShares(whole: number, h: number, [h1, h2]: readonly number[], curvature: 1 | 2): number[] {
  const phi1 = -Math.expm1(-whole);
  if (h1 === undefined) return [phi1];
  const r1 = h1 / h;
  if (h2 === undefined) return [phi1 * (1 + 1 / (2 * r1)), -phi1 / (2 * r1)];
  const r2 = h2 / h;
  const phi2 = 1 - phi1 / whole;
  const phi3 = curvature * (phi2 / whole - 1 / 2);
  // The quadratic through all three is D + d₁·τ + d₂·τ², τ from 0 to 1 over this step, d₁ = a·(D − D₁) − b·(D₁ − D₂) and
  // d₂ = (D − D₁)/(r₁·(r₁ + r₂)) − (D₁ − D₂)/(r₂·(r₁ + r₂)); the integrals of τ and τ² are φ₂ and −2·(φ₂/h − ½).
  const a = (1 + r1 / (r1 + r2)) / r1;
  const b = r1 / (r1 + r2) / r2;
  const latest = phi2 * a - phi3 / (r1 * (r1 + r2));
  const earlier = -phi2 * b + phi3 / (r2 * (r1 + r2));
  return [phi1 + latest, -latest + earlier, -earlier];
}
