import { check } from '@immiscible/core';
import {
  type NoiseSchedule,
  type Prediction,
  type SamplerOptions,
  type Spacing,
  timestepPairs,
  timestepSequence,
} from '@immiscible/schedulers';
import type { EstimateOptions } from './estimate.js';

/** Which timesteps are visited, of a model trained how. */
export interface LevelOptions {
  /** The schedule that the model was trained with. */
  readonly schedule: NoiseSchedule;
  /** What the model was trained to predict. */
  readonly prediction: Prediction;
  /** How many timesteps to visit. @defaultValue all of them */
  readonly steps?: number;
  /** Which. @defaultValue `'trailing'` */
  readonly spacing?: Spacing;
  /** A list of one's own instead of `steps` and `spacing`: strictly falling, in [0, T). */
  readonly timesteps?: ArrayLike<number>;
  /**
   * Where the last step leads: to the clean image (ᾱ = 1), or to the noise level of timestep 0, where some published
   * models end.
   *
   * @defaultValue `'clean'`
   */
  readonly end?: 'clean' | 'firstTimestep';
}

/** What the samplers of a discrete diffusion process take. */
export interface DiffusionSamplerOptions extends SamplerOptions, LevelOptions, EstimateOptions {}

/** A step's two ends. */
export interface Level {
  readonly timestep: number;
  /** ᾱ of the timestep. */
  readonly alphaBar: number;
  /** ᾱ of the next entry of the list; 1 is the clean image. */
  readonly alphaBarNext: number;
  /** That entry, −1 after the last. */
  readonly next: number;
}

/** The steps from noise to image that the options ask for. */
export function levels(fn: string, options: LevelOptions): Level[] {
  const { schedule, steps, spacing, timesteps, end = 'clean' } = options;
  check(end === 'clean' || end === 'firstTimestep', fn, 'end', '"clean" or "firstTimestep"', end);
  const last = end === 'clean' ? 1 : (schedule.alphaBar[0] as number);
  const sequence = timestepSequence(schedule.timesteps, { steps, spacing, timesteps });
  return timestepPairs(sequence).map(({ timestep, previous }) => ({
    timestep,
    alphaBar: schedule.alphaBar[timestep] as number,
    alphaBarNext: previous === -1 ? last : (schedule.alphaBar[previous] as number),
    next: previous,
  }));
}
