import { check } from '@immiscible/core';
import * as tf from '@tensorflow/tfjs-core';
import { ancestralMove } from './ancestral.js';
import { type Mix, sum } from './linear-steps.js';
import { type Move, oneStep, type OneStepSolver } from './solver.js';
import type { Tableau } from './tableaus.js';
import { hasSlope, type Probe, probe } from './view.js';

/**
 * An explicit Runge-Kutta method for the ODE of a view's frame: the method's order, as many evaluations of the model a step
 * as it has stages. A step with a stage where the ODE has no derivative, at pure noise or at no noise in most frames, is one of
 * DDIM.
 *
 * `y = xt/scale`, `kᵢ = dy/du at u + cᵢ·h and y + h·Σ aᵢⱼ·kⱼ`, `y′ = y + h·Σ bᵢ·kᵢ`
 *
 * @param tableau - `EULER`, `HEUN` or any other explicit one
 * @throws RangeError if the tableau isn't explicit
 * @see Karras et al. 2022, Algorithm 1 (arXiv:2206.00364)
 * @example
 * const images = await sample(model, params, {
 *   view: denoiserView(), solver: rungeKutta(HEUN), steps: 18, count: 16, imageShape: [32, 32, 3], rng: createRng(0),
 * });
 */
export function rungeKutta(tableau: Tableau): OneStepSolver {
  const { nodes, rows, weights } = tableau;
  const fits = rows.every((row, i) => row.length === i) && nodes.length === rows.length && nodes[0] === 0;
  check(fits && weights.length === rows.length, 'rungeKutta', 'tableau', 'explicit, with a row a stage', {
    rows,
  });
  return oneStep((view, from, to): Move => {
    if (from === to || !hasSlope(probe(view, from))) return ancestralMove(view, from, to, 0);
    const probes = nodes.map((node) => probe(view, node === 1 ? to : from + node * (to - from)));
    if (!probes.every(hasSlope)) return ancestralMove(view, from, to, 0);
    const run = stepper(tableau, probes, to - from, view.frame.at(to).scale);
    return { time: (probes[0] as Probe).time, run };
  });
}

/**
 * A step as Euler's to each place, a mean of the sample and the first answer, and what the slopes there change: with
 * `Σ aᵢⱼ = cᵢ`, `yᵢ = y + cᵢ·h·k₁ + h·Σ aᵢⱼ·(kⱼ − k₁)`. The same with fewer large numbers that cancel.
 */
function stepper(
  { rows, weights }: Tableau,
  probes: readonly Probe[],
  h: number,
  endScale: number,
): Move['run'] {
  const [first, ...others] = probes as [Probe, ...Probe[]];
  const to = (shares: readonly number[], scale: number): Mix => {
    const along = h * shares.reduce((sum, share) => sum + share, 0);
    const [kept, answered] = [1 / first.place.scale + along * first.slope.xt, along * first.slope.output];
    return [scale * kept, scale * answered, ...shares.slice(1).map((share) => scale * h * share)];
  };
  const places = others.map((probe, i) => to(rows[i + 1] as readonly number[], probe.place.scale));
  const end = to(weights, endScale);
  return (xt, predict) => {
    const answer = first.ask(xt, predict);
    // The sample, the first answer, and what each further slope is more than the first.
    const tensors = [xt, answer];
    const slope = others.length > 0 ? slopeFrom(first, xt, answer) : undefined;
    others.forEach((probe, i) => {
      const at = sum(places[i] as Mix, tensors);
      tensors.push(tf.sub(slopeFrom(probe, at, probe.ask(at, predict)), slope as tf.Tensor4D));
    });
    return sum(end, tensors);
  };
}

/** `xt·form.xt + answer·form.output`, the larger taken out, so that `(xt − answer)/σ` is a difference first. */
function slopeFrom({ slope }: Probe, xt: tf.Tensor4D, answer: tf.Tensor4D): tf.Tensor4D {
  if (slope.xt === 0 || slope.output === 0) return sum([slope.xt, slope.output], [xt, answer]);
  const ratio = slope.output / slope.xt;
  const near = Math.abs(ratio + 1) < 1e-12 ? -1 : ratio;
  return tf.mul(sum([1, near], [xt, answer]), slope.xt);
}
