import { check, checkInteger, checkOptions, type OptionKeys } from '@immiscible/core';
import type { Model, Params } from '@immiscible/core/tensors';
import {
  type Predict,
  runBatches,
  SAMPLER_KEYS,
  type SamplerOptions,
  samplerOptions,
} from '@immiscible/schedulers';
import * as tf from '@tensorflow/tfjs-core';
import type { NdArray } from 'ndarray';
import { advance, firstGuess, firstStep, type Walk } from './step-size.js';
import { checkTimeScale, TIME_SCALE } from './time.js';

/** Options of {@link dormandPrinceSample}. */
export interface DormandPrinceOptions extends SamplerOptions {
  /** Of a step's error, relative to the pixel, from 1e-6: float32 sees nothing below. @defaultValue 1e-5 */
  readonly relativeTolerance?: number;
  /** Of a step's error, added to the relative one. @defaultValue 1e-5 */
  readonly absoluteTolerance?: number;
  /** How many attempts at most. @defaultValue 1000 */
  readonly maxSteps?: number;
  /** As in training. @defaultValue 1000 */
  readonly timeScale?: number;
}

const KEYS: OptionKeys<DormandPrinceOptions> = {
  ...SAMPLER_KEYS,
  relativeTolerance: true,
  absoluteTolerance: true,
  maxSteps: true,
  timeScale: true,
};

/** So many attempts of an image may meet a velocity that isn't finite before it is said so: they shorten the step by 5^16. */
const MOST_LOST = 16;

/** The shares of the velocities found so far in the point where the next is asked for: rows 2 to 7 of the tableau. */
const STAGES: readonly (readonly number[])[] = [
  [1 / 5],
  [3 / 40, 9 / 40],
  [44 / 45, -56 / 15, 32 / 9],
  [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729],
  [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656],
  [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84],
];
/** How far along the step each of these points is. */
const NODES = [1 / 5, 3 / 10, 4 / 5, 8 / 9, 1, 1];
/** The result of order 5 minus that of order 4, as shares of all seven velocities. */
const ERROR = [71 / 57600, 0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40];

/**
 * Draws images with the adaptive method of Dormand and Prince (order 5, "RK45"): steps as long as the tolerance allows.
 * Each image has step sizes of its own, so that which images come out doesn't depend on the batch; a batch is done when
 * its slowest image is. Six evaluations of the model for each attempt, two at the beginning.
 *
 * A step's error e is good enough where the root mean square over the image's pixels of
 * `e/(absoluteTolerance + relativeTolerance·|pixel|)` is below 1. `onStep` is called after each attempt, with an infinite
 * number of steps and the latest time in the batch.
 *
 * @param params - borrowed
 * @returns float32 `[count,H,W,C]`, on the host
 * @throws RangeError if an option is unknown or out of range, if the velocity isn't finite, or if the tolerance isn't met within `maxSteps`
 * @throws the reason of `signal` if it is aborted
 * @see Dormand & Prince 1980 (doi:10.1016/0771-050X(80)90013-3); Liu et al. 2023, section 5 for its use
 * (arXiv:2209.03003)
 * @example
 * const images = await dormandPrinceSample(model, params, {
 *   relativeTolerance: 1e-3, absoluteTolerance: 1e-3, count: 16, imageShape: [28, 28, 1], rng: createRng(0),
 * });
 */
export async function dormandPrinceSample(
  model: Model,
  params: Params,
  options: DormandPrinceOptions,
): Promise<NdArray<Float32Array>> {
  const fn = 'dormandPrinceSample';
  checkOptions(fn, options, KEYS);
  const {
    relativeTolerance = 1e-5,
    absoluteTolerance = 1e-5,
    maxSteps = 1000,
    timeScale = TIME_SCALE,
  } = options;
  check(relativeTolerance >= 1e-6, fn, 'relativeTolerance', 'at least 1e-6', relativeTolerance);
  check(absoluteTolerance > 0, fn, 'absoluteTolerance', 'positive', absoluteTolerance);
  checkInteger(fn, 'maxSteps', maxSteps, 1);
  checkTimeScale(fn, timeScale);

  return runBatches(
    fn,
    model,
    params,
    samplerOptions(options),
    async ({ xt: start, predict, pause, done }) => {
      let state = { x: start, velocity: undefined as tf.Tensor4D | undefined };
      const replace = (x: tf.Tensor4D, velocity: tf.Tensor4D) => {
        tf.dispose([state.x, ...(state.velocity ? [state.velocity] : [])]);
        state = { x, velocity };
      };
      const field = velocityField(predict, timeScale);
      const norms = async (make: () => tf.Tensor1D) => Array.from(await read(tf.tidy(make)));
      try {
        await pause();
        const velocity = tf.tidy(() => field(start, new Array<number>(start.shape[0]).fill(1)));
        state = { x: state.x, velocity };
        const scale = () => tf.add(tf.mul(tf.abs(state.x), relativeTolerance), absoluteTolerance);
        checkFinite(fn, await norms(() => rms(velocity)), 1, 1);
        const sizes = await norms(() => rms(tf.div(state.x, scale())));
        const speeds = await norms(() => rms(tf.div(velocity, scale())));
        const guesses = sizes.map((size, i) => firstGuess(size, speeds[i] as number));
        const bends = await norms(() => {
          const ahead = tf.add(state.x, tf.mul(velocity, perImage(guesses, -1))) as tf.Tensor4D;
          const change = tf.sub(
            field(
              ahead,
              guesses.map((h) => 1 - h),
            ),
            velocity,
          );
          return rms(tf.div(change, scale()));
        });
        checkFinite(fn, bends, 1, 1 - Math.max(...guesses));
        const walks = guesses.map((guess, i): Walk => {
          const [speed, bend] = [speeds[i] as number, (bends[i] as number) / guess];
          return { t: 1, h: firstStep(guess, speed, bend), refused: false, lost: 0 };
        });

        for (let step = 0; walks.some(({ t }) => t > 0); step++) {
          check(
            step < maxSteps,
            fn,
            'the number of steps',
            `at most maxSteps (${maxSteps})`,
            step,
            'relax the tolerance',
          );
          await pause();
          const time = timeScale * Math.max(...walks.map(({ t }) => t));
          const tried = tf.tidy(() => attempt(field, state.x, state.velocity as tf.Tensor4D, walks, options));
          const errors = await read(tried.error);
          const accepted = walks.map((walk, i) => {
            if (walk.t <= 0) return false;
            const [from, to] = [walk.t, Math.max(0, walk.t - walk.h)];
            const done = advance(walk, errors[i] as number);
            const lost = `the velocity of image ${i} of the batch between t = ${from} and ${to}, step ${step + 1},`;
            check(walk.lost <= MOST_LOST, fn, lost, 'finite', errors[i], FIX);
            return done;
          });
          const next = tf.tidy(() => {
            const mask = tf.tensor4d(accepted, [accepted.length, 1, 1, 1], 'bool');
            const choose = (after: tf.Tensor4D, before: tf.Tensor4D) => tf.where(mask, after, before);
            return {
              x: choose(tried.x, state.x),
              velocity: choose(tried.velocity, state.velocity as tf.Tensor4D),
            };
          });
          tf.dispose([tried.x, tried.velocity]);
          replace(next.x, next.velocity);
          await done({ step, steps: Infinity, time, xt: state.x });
        }
      } catch (error) {
        state.x.dispose();
        throw error;
      } finally {
        state.velocity?.dispose();
      }
      return state.x;
    },
  );
}

const FIX = 'look at what the model answers there: it is asked at t = 1 and t = 0 too';

/** @throws RangeError that names the first image whose norm isn't finite */
function checkFinite(fn: string, norms: readonly number[], from: number, to: number): void {
  norms.forEach((norm, i) => {
    const where = from === to ? `at t = ${from}` : `between t = ${from} and ${to}`;
    check(
      Number.isFinite(norm),
      fn,
      `the velocity of image ${i} of the batch ${where}, step 1,`,
      'finite',
      norm,
      FIX,
    );
  });
}

/** The velocity of samples that are at a time each. */
type Field = (x: tf.Tensor4D, times: readonly number[]) => tf.Tensor4D;

function velocityField(predict: Predict, timeScale: number): Field {
  return (x, times) =>
    predict(
      x,
      tf.tensor1d(
        times.map((t) => timeScale * t),
        'float32',
      ),
    );
}

/** A step of every image, whether or not it will do: where it leads, the velocity there, and the error's norm, `[B]`. */
function attempt(
  field: Field,
  x: tf.Tensor4D,
  velocity: tf.Tensor4D,
  walks: readonly Walk[],
  { relativeTolerance = 1e-5, absoluteTolerance = 1e-5 }: DormandPrinceOptions,
): { x: tf.Tensor4D; velocity: tf.Tensor4D; error: tf.Tensor1D } {
  const h = perImage(
    walks.map((walk) => walk.h),
    -1,
  );
  const velocities = [velocity];
  let ahead = x;
  STAGES.forEach((shares, stage) => {
    ahead = tf.add(x, tf.mul(combine(velocities, shares), h));
    velocities.push(
      field(
        ahead,
        walks.map((walk) => walk.t - (NODES[stage] as number) * walk.h),
      ),
    );
  });
  const larger = tf.maximum(tf.abs(x), tf.abs(ahead));
  const scale = tf.add(tf.mul(larger, relativeTolerance), absoluteTolerance);
  const error = rms(tf.div(tf.mul(combine(velocities, ERROR), h), scale));
  return { x: ahead, velocity: velocities.at(-1) as tf.Tensor4D, error };
}

function combine(velocities: readonly tf.Tensor4D[], shares: readonly number[]): tf.Tensor4D {
  return shares
    .map((share, i) => [share, velocities[i] as tf.Tensor4D] as const)
    .filter(([share]) => share !== 0)
    .map(([share, velocity]) => tf.mul(velocity, share))
    .reduce((sum, term) => tf.add(sum, term)) as tf.Tensor4D;
}

/** `sign·values`, one for each image, as float32 `[B,1,1,1]`. */
function perImage(values: readonly number[], sign: number): tf.Tensor4D {
  return tf.tensor4d(
    values.map((value) => sign * value),
    [values.length, 1, 1, 1],
  );
}

/** Root mean square over each image, `[B]`. */
function rms(x: tf.Tensor): tf.Tensor1D {
  return tf.sqrt(tf.mean(tf.square(x), [1, 2, 3]));
}

async function read(tensor: tf.Tensor): Promise<Float32Array> {
  try {
    return Float32Array.from(await tensor.data());
  } finally {
    tensor.dispose();
  }
}
