import { check, checkOptions, type OptionKeys } from '@immiscible/core';
import { ancestralMove } from './ancestral.js';
import { answer, type LinearStep, type Mix, mix, runLinearStep, START } from './linear-steps.js';
import { halfLogSnrStep } from './half-log-snr.js';
import { oneStep, type OneStepSolver } from './solver.js';
import { type Probe, probe, type View } from './view.js';

/** Options of {@link singleStepDpm}. */
export interface SingleStepDpmOptions {
  /** How many evaluations of the model a step has. @defaultValue 2 */
  readonly order?: 2 | 3;
}

/**
 * DPM-Solver++ whose steps know nothing of each other: the estimate of x0 is asked for again within the step, at a half of
 * it in λ (2S), or at a third and two thirds (3S). From pure noise and to no noise a step is DDIM's.
 *
 * @param options - the order
 * @throws RangeError if an option is unknown or out of range
 * @see Lu et al. 2022, Algorithm 1 (arXiv:2211.01095); Lu et al. 2022, Algorithm 2 with r = 1/3 and 2/3, for noise
 * (arXiv:2206.00927), whose code has it for x0
 */
export function singleStepDpm(options: SingleStepDpmOptions = {}): OneStepSolver {
  const fn = 'singleStepDpm';
  checkOptions(fn, options, { order: true } satisfies OptionKeys<SingleStepDpmOptions>);
  const { order = 2 } = options;
  check(order === 2 || order === 3, fn, 'order', '2 or 3', order);
  return oneStep((view, from, to) => {
    const h = halfLogSnrStep(view.frame.at(from), view.frame.at(to));
    if (from === to || h === Infinity) return ancestralMove(view, from, to, 0);
    const step = order === 2 ? second(view, from, to, h) : third(view, from, to, h);
    return {
      time: (step.stages[0]?.probe as Probe).time,
      run: (xt, predict) => runLinearStep(step, xt, predict),
    };
  });
}

/** The estimate of x0 at a stage. */
const estimate = (at: Probe, where: Mix, k: number): Mix => mix([at.x0.xt, where], [at.x0.output, answer(k)]);

function second(view: View, from: number, to: number, h: number): LinearStep {
  const start = probe(view, from);
  const middle = probe(view, inside(view, start, h / 2));
  const d0 = estimate(start, START, 0);
  const at = exponential(start, middle.place, h / 2, d0);
  const d1 = estimate(middle, at, 1);
  // r = 1/2, so that (1 − 1/(2r))·D + 1/(2r)·D₁ is D₁
  const end = exponential(start, view.frame.at(to), h, d1);
  return {
    stages: [
      { probe: start, at: START },
      { probe: middle, at },
    ],
    end,
  };
}

function third(view: View, from: number, to: number, h: number): LinearStep {
  const [r1, r2] = [1 / 3, 2 / 3];
  const start = probe(view, from);
  const first = probe(view, inside(view, start, r1 * h));
  const later = probe(view, inside(view, start, r2 * h));
  const d0 = estimate(start, START, 0);
  const at1 = exponential(start, first.place, r1 * h, d0);
  const change1 = mix([1, estimate(first, at1, 1)], [-1, d0]);
  const phi = (x: number) => Math.expm1(-x) / x + 1;
  const at2 = mix(
    [1, exponential(start, later.place, r2 * h, d0)],
    [(r2 / r1) * later.place.signalScale * phi(r2 * h), change1],
  );
  const change2 = mix([1, estimate(later, at2, 2)], [-1, d0]);
  const place = view.frame.at(to);
  const end = mix([1, exponential(start, place, h, d0)], [(1 / r2) * place.signalScale * phi(h), change2]);
  const stages = [
    { probe: start, at: START },
    { probe: first, at: at1 },
    { probe: later, at: at2 },
  ];
  return { stages, end };
}

/** `(n′/n)·xt + s′·(1 − e^(−h))·D` */
function exponential(start: Probe, place: Probe['place'], h: number, denoised: Mix): Mix {
  const kept = place.noiseScale / start.place.noiseScale;
  return mix([kept, START], [-place.signalScale * Math.expm1(-h), denoised]);
}

/** The value of the axis that lies so far on in λ. */
function inside(view: View, { place }: Probe, step: number): number {
  return view.frame.ofRatio((place.noiseScale / place.signalScale) * Math.exp(-step));
}
