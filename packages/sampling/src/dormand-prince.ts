import { check, checkInteger, checkOptions, type OptionKeys } from '@immiscible/core';
import * as tf from '@tensorflow/tfjs-core';
import { ancestralMove } from './ancestral.js';
import { attempt, norms, rms, scaleOf, type Tolerance } from './embedded-attempt.js';
import type { SamplerBatch } from './run-batches.js';
import { eachTimes, slopeField, type SlopeField } from './slope-field.js';
import type { AdaptiveSolver } from './solver.js';
import { advance, firstGuess, firstStep, type Walk } from './step-size.js';
import { hasSlope, probe, type View } from './view.js';

/** Options of {@link dormandPrince}. */
export interface DormandPrinceSolverOptions {
  /** Of a step's error, relative to the pixel, from 1e-6: float32 sees nothing below. @defaultValue 1e-5 */
  readonly relativeTolerance?: number;
  /** Of a step's error, added to the relative one. @defaultValue 1e-5 */
  readonly absoluteTolerance?: number;
  /** How many attempts at most. @defaultValue 1000 */
  readonly maxSteps?: number;
}

/** All keys of {@link DormandPrinceSolverOptions}. */
export const DORMAND_PRINCE_KEYS: OptionKeys<DormandPrinceSolverOptions> = {
  relativeTolerance: true,
  absoluteTolerance: true,
  maxSteps: true,
};

/** So many attempts of an image may meet a slope that isn't finite before it is said so: they shorten the step by 5^16. */
const MAX_LOST_ATTEMPTS = 16;

/**
 * The adaptive method of Dormand and Prince (order 5, "RK45"): steps as long as the tolerance allows. Each image has step
 * sizes of its own, so that which images come out doesn't depend on the batch; a batch is done when its slowest image is.
 * Six evaluations of the model for each attempt, two at the beginning.
 *
 * A step's error e is good enough where the root mean square over the image's pixels of
 * `e/(absoluteTolerance + relativeTolerance·|pixel|)` is below 1, pixels of y. `onStep` is called after each attempt, with an
 * infinite number of steps and the latest time in the batch.
 *
 * @param options - tolerances, and how many attempts there may be
 * @throws RangeError if an option is unknown or out of range; in sampling, if the slope isn't finite, or if the tolerance isn't met
 * within `maxSteps`
 * @see Dormand & Prince 1980 (doi:10.1016/0771-050X(80)90013-3); Song et al. 2021, section 4.3 for its use (arXiv:2011.13456)
 */
export function dormandPrince(options: DormandPrinceSolverOptions = {}): AdaptiveSolver {
  checkOptions('dormandPrince', options, DORMAND_PRINCE_KEYS);
  return { solve: (fn, view, legs) => solver(fn, view, legs, options) };
}

/** A leg of the way, and how its solution is judged. */
interface Leg {
  readonly fn: string;
  readonly view: View;
  readonly from: number;
  readonly to: number;
  readonly field: SlopeField;
  readonly tolerance: Tolerance;
  readonly maxSteps: number;
}

/** The solution of all images of a batch, and how many attempts it took. */
interface State {
  y: tf.Tensor4D;
  slope?: tf.Tensor4D;
  steps: number;
}

function solver(
  fn: string,
  view: View,
  legs: readonly number[],
  options: DormandPrinceSolverOptions,
): (batch: SamplerBatch) => Promise<tf.Tensor4D> {
  const { relativeTolerance = 1e-5, absoluteTolerance = 1e-5, maxSteps = 1000 } = options;
  check(relativeTolerance >= 1e-6, fn, 'relativeTolerance', 'at least 1e-6', relativeTolerance);
  check(absoluteTolerance > 0, fn, 'absoluteTolerance', 'positive', absoluteTolerance);
  checkInteger(fn, 'maxSteps', maxSteps, 1);
  return async (batch) => {
    const field = slopeField(view, batch.predict);
    const state: State = { y: batch.xt, steps: 0 };
    try {
      for (const [i, to] of legs.slice(1).entries()) {
        const from = legs[i] as number;
        if (from === to) continue;
        await batch.pause();
        const smooth = [from, to].every((u) => hasSlope(probe(view, u)));
        const tolerance = { relativeTolerance, absoluteTolerance };
        if (smooth) await solveLeg({ fn, view, from, to, field, tolerance, maxSteps }, state, batch);
        else await jump(view, from, to, state, batch);
      }
    } catch (error) {
      state.y.dispose();
      throw error;
    } finally {
      state.slope?.dispose();
    }
    return state.y;
  };
}

/** One step of DDIM, where the ODE has no derivative. */
async function jump(view: View, from: number, to: number, state: State, batch: SamplerBatch): Promise<void> {
  const { time, run } = ancestralMove(view, from, to, 0);
  replace(
    state,
    tf.tidy(() => run(state.y, batch.predict, batch.noise)),
  );
  await batch.done({ step: state.steps++, steps: Infinity, time, xt: state.y });
}

async function solveLeg(leg: Leg, state: State, batch: SamplerBatch): Promise<void> {
  const { view, from, to, maxSteps, fn, field, tolerance } = leg;
  const rescale = (factor: number) => {
    const factors = new Array<number>(state.y.shape[0]).fill(factor);
    const y = tf.tidy(() => tf.clone(eachTimes(state.y, factors)));
    replace(state, y);
  };
  rescale(1 / view.frame.at(from).scale);
  const walks = await begin(leg, state);
  const at = ({ left }: Walk): number => to + left;
  while (walks.some(({ left }) => left > 0)) {
    const fix = 'relax the tolerance';
    const name = 'the number of steps';
    check(state.steps < maxSteps, fn, name, `at most maxSteps (${maxSteps})`, state.steps, fix);
    await batch.pause();
    const time = view.read(Math.max(...walks.map(at))).time;
    const places = { from: walks.map(at), h: walks.map(({ h }) => h) };
    const tried = tf.tidy(() => attempt(field, state.y, state.slope as tf.Tensor4D, places, tolerance));
    const errors = await norms(tried.error);
    const accepted = walks.map((walk, i) => judge(leg, walk, i, state.steps, errors[i] as number));
    const next = tf.tidy(() => {
      const mask = tf.tensor4d(accepted, [accepted.length, 1, 1, 1], 'bool');
      return {
        y: tf.where(mask, tried.y, state.y),
        slope: tf.where(mask, tried.slope, state.slope as tf.Tensor4D),
      };
    });
    tf.dispose([tried.y, tried.slope]);
    replace(state, next.y, next.slope);
    const step = state.steps++;
    await batch.done({ step, steps: Infinity, time, xt: state.y });
  }
  rescale(view.frame.at(to).scale);
}

/** Whether the attempt of an image is good enough; takes note of it. */
function judge({ fn, to, view }: Leg, walk: Walk, image: number, step: number, error: number): boolean {
  if (walk.left <= 0) return false;
  const [begin, end] = [to + walk.left, to + Math.max(0, walk.left - walk.h)];
  const accepted = advance(walk, error);
  const between = `between ${view.frame.axis} = ${begin} and ${end}, step ${step + 1},`;
  check(
    walk.lost <= MAX_LOST_ATTEMPTS,
    fn,
    `the slope of image ${image} of the batch ${between}`,
    'finite',
    error,
    FIX,
  );
  return accepted;
}

/** The slope at the beginning of a leg, and the first steps that it suggests. */
async function begin(leg: Leg, state: State): Promise<Walk[]> {
  const { from, to, field, tolerance } = leg;
  const way = from - to;
  const count = state.y.shape[0];
  const slope = tf.tidy(() => tf.clone(field(state.y, new Array<number>(count).fill(from))));
  state.slope?.dispose();
  state.slope = slope;
  const scale = () => scaleOf(tf.abs(state.y), tolerance);
  checkFinite(leg, await norms(tf.tidy(() => rms(slope))), from);
  const sizes = await norms(tf.tidy(() => rms(tf.div(state.y, scale()))));
  const speeds = await norms(tf.tidy(() => rms(tf.div(slope, scale()))));
  const guesses = sizes.map((size, i) => firstGuess(size, speeds[i] as number, way));
  const bends = await norms(
    tf.tidy(() => {
      const back = guesses.map((guess) => -guess);
      const ahead: tf.Tensor4D = tf.add(state.y, eachTimes(slope, back));
      const us = guesses.map((guess) => from - guess);
      return rms(tf.div(tf.sub(field(ahead, us), slope), scale()));
    }),
  );
  checkFinite(leg, bends, from - Math.max(...guesses));
  return guesses.map((guess, i): Walk => {
    const [speed, bend] = [speeds[i] as number, (bends[i] as number) / guess];
    return { left: way, h: firstStep(guess, { speed, bend, way }), refused: false, lost: 0 };
  });
}

function replace(state: State, y: tf.Tensor4D, slope?: tf.Tensor4D): void {
  state.y.dispose();
  state.y = y;
  if (slope === undefined) return;
  state.slope?.dispose();
  state.slope = slope;
}

const FIX = 'look at what the model answers there: it is asked at both ends too';

/** @throws RangeError that names the first image whose norm isn't finite */
function checkFinite({ fn, view, from }: Leg, norms: readonly number[], to: number): void {
  const { axis } = view.frame;
  const where = from === to ? `at ${axis} = ${from}` : `between ${axis} = ${from} and ${to}`;
  norms.forEach((norm, i) => {
    const name = `the slope of image ${i} of the batch ${where}, step 1,`;
    check(Number.isFinite(norm), fn, name, 'finite', norm, FIX);
  });
}
