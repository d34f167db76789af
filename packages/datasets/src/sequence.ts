import { type BatchSource, check, checkInteger, checkRng, type OptionKeys, type Rng } from '@immiscible/core';
import { epochs } from './epoch-order.js';

/** Where a run is in its data; JSON-able. */
export interface DataPosition {
  /** The data set's name. */
  readonly dataset: string;
  /** Images of the data set. */
  readonly count: number;
  /** Images of the endless sequence that all ranks together have had. */
  readonly seen: number;
  /** Identity of the stream that the order comes from. */
  readonly stream: string;
}

/** Batches whose place can be saved and found again. */
export interface SeededBatches extends BatchSource {
  /** The place before step `step`, to be saved with a checkpoint. */
  position(step: number): DataPosition;
  /**
   * The step at which to go on from a saved place, also with another batch size or number of ranks, as long as a
   * batch begins there.
   *
   * @throws RangeError if the place is one in another data set or another order, or within a batch
   */
  stepAt(position: DataPosition): number;
}

/** What all seeded batches are asked for. */
export interface SequenceOptions {
  /** How many images a step gets, at most as many as there are. */
  readonly batchSize: number;
  /** Order, flips and crops depend on the stream's identity only; nothing is drawn from it. */
  readonly rng: Rng;
  /**
   * Which of `ranks` processes this is, in [0, ranks). Rank r has the r-th part of each step's images: all ranks
   * together read what one process with `ranks` times the batch size would.
   * @defaultValue 0
   */
  readonly rank?: number;
  /** @defaultValue 1 */
  readonly ranks?: number;
}

export const SEQUENCE_OPTIONS: OptionKeys<SequenceOptions> = {
  batchSize: true,
  rng: true,
  rank: true,
  ranks: true,
};

/** @see {@link sequence} */
export interface Sequence {
  /** Fills one batch: `use(i, image, mirrored, corner)` for each of its rows. */
  each(step: number, use: (row: number, image: number, mirrored: boolean, corner: number) => void): void;
  position(step: number): DataPosition;
  stepAt(position: DataPosition): number;
}

/** The endless sequence of a data set's images, cut into batches and dealt to ranks. */
export function sequence(
  fn: string,
  dataset: string,
  count: number,
  options: SequenceOptions,
  flip: boolean,
  corners: number,
): Sequence {
  const { batchSize, rng, rank = 0, ranks = 1 } = options;
  checkRng(fn, rng);
  checkInteger(fn, 'batchSize', batchSize, 1);
  checkInteger(fn, 'ranks', ranks, 1);
  checkInteger(fn, 'rank', rank, 0);
  check(rank < ranks, fn, 'rank', `less than ranks (${ranks})`, rank);
  check(
    batchSize * ranks <= count,
    fn,
    ranks > 1 ? 'batchSize · ranks' : 'batchSize',
    `at most ${count}, the images of ${dataset}`,
    batchSize * ranks,
  );
  const epoch = epochs(count, rng, flip, corners);
  const { key, stream } = rng.split('epoch').state();
  const identity = [...key, ...stream].map((word) => word.toString(16).padStart(8, '0')).join('');
  const perStep = batchSize * ranks;
  return {
    each(step, use) {
      checkInteger('BatchSource.at', 'step', step, 0);
      const start = step * perStep + rank * batchSize;
      for (let i = 0; i < batchSize; i++) {
        const e = Math.floor((start + i) / count);
        const at = start + i - e * count;
        const { order, flip: coins, corner } = epoch(e);
        use(i, order[at] as number, coins?.[at] === 1, corner?.[at] ?? 0);
      }
    },
    position(step) {
      checkInteger('position', 'step', step, 0);
      return { dataset, count, seen: step * perStep, stream: identity };
    },
    stepAt(position) {
      checkPosition(position, { dataset, count, stream: identity }, perStep);
      return position.seen / perStep;
    },
  };
}

/** Refuses a place in another data set or another order, or within a step. */
function checkPosition(
  { dataset, count, seen, stream }: DataPosition,
  own: Omit<DataPosition, 'seen'>,
  perStep: number,
): void {
  check(
    dataset === own.dataset && count === own.count,
    'stepAt',
    'position',
    `one in ${own.dataset} with ${own.count} images`,
    `one in ${dataset} with ${count}`,
  );
  check(
    stream === own.stream,
    'stepAt',
    'position',
    'of the same order',
    `stream ${stream}`,
    'use the seed that the run began with',
  );
  check(
    Number.isSafeInteger(seen) && seen >= 0 && seen % perStep === 0,
    'stepAt',
    'position.seen',
    `a multiple of the ${perStep} images of a step`,
    seen,
  );
}
