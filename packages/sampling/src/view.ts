import { check } from '@immiscible/core';
import { convertPrediction, type LinearForm } from '@immiscible/schedulers';
import * as tf from '@tensorflow/tfjs-core';
import type { Bound } from './estimate-bound.js';
import type { Frame, Place } from './frame.js';
import type { Predict } from './run-batches.js';

/** How a network is asked at one noise level, and what its answer says. */
export interface Reading {
  /** What it gets as time. */
  readonly time: number;
  /** It gets `input·xt`. @defaultValue 1 */
  readonly input?: number;
  /** The clean image as a form of xt (not of `input·xt`) and the network's output. */
  readonly x0: LinearForm;
  /** The noise, where the form says it better than `(xt − signalScale·x0)/noiseScale`, which needs noise to be there. */
  readonly noise?: LinearForm;
}

/** A method as solvers see it: with it every solver runs with every method. */
export interface View {
  /** Its Gaussian path, and the axis of its ODE. */
  readonly frame: Frame;
  /** For u between the grid's values too. */
  readonly read: (u: number) => Reading;
  /** The method's own axis values for n steps: n + 1 of them, falling, the last where it ends. */
  readonly grid: (steps: number) => ArrayLike<number>;
  /**
   * Where a solver goes that chooses its steps: from value to value, falling. A leg with an end at which the ODE has no derivative is
   * one DDIM step.
   */
  readonly reach: ArrayLike<number>;
  /** What standard normal noise is multiplied by to be a sample at u, the first value of a grid. */
  readonly initialScale: (u: number) => number;
  /** Keeps estimates of the clean image within range, unless a sampler's options say otherwise. */
  readonly bound?: Bound | undefined;
}

/** A view at one value of u: everything about it is a number but what the network answers. */
export interface Probe {
  /** Where it is on the path. */
  readonly place: Place;
  /** What the network gets as time. */
  readonly time: number;
  /** The network's output, or where there is a bound the bounded estimate of the clean image. */
  readonly ask: (xt: tf.Tensor4D, predict: Predict) => tf.Tensor4D;
  /** The clean image, of xt and what `ask` gave. */
  readonly x0: LinearForm;
  /** dy/du, the same; not finite where it has none. */
  readonly slope: LinearForm;
}

/**
 * Asks a view what it has to say at u.
 *
 * @param view - of any method
 * @param u - a value of its axis
 */
export function probe(view: View, u: number): Probe {
  const place = view.frame.at(u);
  const reading = view.read(u);
  const { time, input = 1 } = reading;
  const { bound } = view;
  const output = (xt: tf.Tensor4D, predict: Predict) => predict(input === 1 ? xt : tf.mul(xt, input), time);
  const ask = bound
    ? (xt: tf.Tensor4D, predict: Predict) => bound(convertPrediction(xt, output(xt, predict), reading.x0))
    : output;
  return { place, time, ask, ...formsAt(view, place, reading) };
}

/** The clean image and dy/du, as forms of xt and of the network's output or, where there is a bound, the bounded estimate. */
export function formsAt(
  { bound }: View,
  place: Place,
  reading: Reading,
): { readonly x0: LinearForm; readonly slope: LinearForm } {
  const x0 = bound ? { xt: 0, output: 1 } : reading.x0;
  const noise = (bound ? undefined : reading.noise) ?? noiseOf(place, x0);
  return { x0, slope: slopeOf(place, x0, noise) };
}

/** `(xt − signalScale·x0)/noiseScale` */
function noiseOf({ signalScale, noiseScale }: Place, x0: LinearForm): LinearForm {
  return { xt: (1 - signalScale * x0.xt) / noiseScale, output: (-signalScale * x0.output) / noiseScale };
}

function slopeOf({ slope }: Place, x0: LinearForm, noise: LinearForm): LinearForm {
  if (slope.x0 === 0) return { xt: slope.noise * noise.xt, output: slope.noise * noise.output };
  return {
    xt: slope.x0 * x0.xt + slope.noise * noise.xt,
    output: slope.x0 * x0.output + slope.noise * noise.output,
  };
}

/** Whether the ODE has a derivative there. */
export function hasSlope({ place, slope }: Probe): boolean {
  return place.scale > 0 && Number.isFinite(slope.xt) && Number.isFinite(slope.output);
}

/** @throws RangeError unless there are two values or more that are not negative, never rise, and are finite from the second on */
export function checkGrid(fn: string, name: string, given: ArrayLike<number>): number[] {
  const grid = Array.from(given);
  check(grid.length >= 2, fn, name, 'a list of at least two values', grid);
  grid.forEach((u, i) => {
    const above = i === 0 ? Infinity : (grid[i - 1] as number);
    const falls = u >= 0 && u <= above && (i === 0 || u < Infinity);
    check(falls, fn, `${name}[${i}]`, i === 0 ? 'at least 0' : `in [0, ${above}]`, u);
  });
  return grid;
}
