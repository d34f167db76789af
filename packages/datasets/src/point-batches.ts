import {
  type BatchSource,
  checkInteger,
  checkOptions,
  checkRng,
  type OptionKeys,
  type Rng,
  rowMajor,
} from '@immiscible/core';
import ndarray from 'ndarray';
import type { PointSampler } from './toy-2d.js';

/** @see {@link pointBatches} */
export interface PointBatchesOptions {
  /** Points of a step. */
  readonly batchSize: number;
  /** Step k draws from `rng.split(k)`; nothing is drawn from the stream itself. */
  readonly rng: Rng;
  /**
   * D of the sampler's points.
   * @defaultValue 2
   */
  readonly dimensions?: number;
}

const KEYS = { batchSize: true, rng: true, dimensions: true } satisfies OptionKeys<PointBatchesOptions>;

/**
 * Fresh points at each step, as images of one pixel with D channels: `[B,1,1,D]`, so that everything that trains on
 * images trains on points too.
 *
 * @param sample - draws the points
 * @param options - batch size, randomness and dimensions
 * @returns a pure function of the step, like all batch sources
 * @throws RangeError if `batchSize` is not a positive integer, or (at a step) if the sampler's points aren't `[B,D]`
 */
export function pointBatches(sample: PointSampler, options: PointBatchesOptions): BatchSource {
  checkOptions('pointBatches', options, KEYS);
  const { batchSize, rng, dimensions = 2 } = options;
  checkRng('pointBatches', rng);
  checkInteger('pointBatches', 'batchSize', batchSize, 1);
  checkInteger('pointBatches', 'dimensions', dimensions, 1);
  return Object.freeze({
    batchSize,
    imageShape: [1, 1, dimensions] as const,
    at: (step: number) => {
      checkInteger('BatchSource.at', 'step', step, 0);
      const points = sample(batchSize, rng.split(step));
      const data = rowMajor('pointBatches', 'points', points);
      if (points.shape[0] !== batchSize || points.shape[1] !== dimensions) {
        throw new RangeError(
          `pointBatches: sample must give points of shape [${batchSize},${dimensions}], ` +
            `got [${points.shape.join(',')}]; say dimensions: ${points.shape[1]}`,
        );
      }
      return { x0: ndarray(data, [batchSize, 1, 1, dimensions]) };
    },
  });
}
