import { check, checkInteger } from '@immiscible/core';
import ndarray, { type NdArray } from 'ndarray';
import type { SamplerEvent } from './sampler-options.js';

/** Records what a sampler passes through. */
export interface Trajectory {
  /** To be given to a sampler as `onStep`. */
  readonly onStep: (event: SamplerEvent) => Promise<void>;
  /** The time that the model was given at the beginning of each recorded step. */
  readonly times: () => number[];
  /** The samples after each recorded step: float32 `[recorded,N,H,W,C]`, on the host. */
  readonly frames: () => NdArray<Float32Array>;
}

/**
 * A recorder of a sampler's way from noise to images, for one run of one sampler. Its memory is that of N images a
 * recorded step.
 *
 * @param every - records each step whose number from 1 is a multiple of it, and the last. @defaultValue 1
 * @throws RangeError if `every` is no integer of at least 1; at `frames`, if nothing has been recorded, or if batches
 * took different steps (an adaptive solver)
 * @example
 * const trajectory = recordTrajectory();
 * await ddimSample(model, params, { ...options, onStep: trajectory.onStep });
 * trajectory.frames().shape; // [steps, N, H, W, C]
 */
export function recordTrajectory(every = 1): Trajectory {
  checkInteger('recordTrajectory', 'every', every, 1);
  const batches = new Map<number, { readonly time: number; readonly data: Float32Array }[]>();
  let imageShape: number[] = [];
  return {
    onStep: async ({ step, steps, time, first, xt }) => {
      if ((step + 1) % every !== 0 && step !== steps - 1) return;
      imageShape = xt.shape.slice(1);
      const frames = batches.get(first) ?? [];
      batches.set(first, frames);
      // A backend may lend its own memory.
      frames.push({ time, data: Float32Array.from(await xt.data()) });
    },
    times: () => ([...batches.values()][0] ?? []).map(({ time }) => time),
    frames: () => {
      const all = [...batches.entries()].sort(([a], [b]) => a - b).map(([, frames]) => frames);
      const length = all[0]?.length ?? 0;
      const fn = 'recordTrajectory';
      check(length > 0, fn, 'trajectory', 'recorded before it is read', length, 'give onStep to a sampler');
      const equal = all.every((frames) => frames.length === length);
      check(
        equal,
        fn,
        'trajectory',
        'of as many steps in each batch',
        all.map((frames) => frames.length),
      );
      const data = Array.from({ length }, (_, k) =>
        all.map((frames) => frames[k]?.data as Float32Array),
      ).flat();
      const size = data.reduce((sum, part) => sum + part.length, 0);
      const joined = new Float32Array(size);
      let offset = 0;
      for (const part of data) {
        joined.set(part, offset);
        offset += part.length;
      }
      const pixels = imageShape.reduce((a, b) => a * b, 1);
      return ndarray(joined, [length, size / (length * pixels), ...imageShape]);
    },
  };
}
