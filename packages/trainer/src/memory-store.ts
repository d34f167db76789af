import { checkInteger, checkOptions, type OptionKeys } from '@immiscible/core';
import {
  type Checkpoint,
  type CheckpointStore,
  LATEST_KEYS,
  laterCheckpoint,
  noCheckpoint,
  withoutPlace,
} from './checkpoint.js';

/** Options of {@link memoryStore}. */
export interface MemoryStoreOptions {
  /**
   * How many checkpoints to keep, the newest ones.
   * @defaultValue 2
   */
  readonly keep?: number;
}

/**
 * Checkpoints in memory: for tests, and for runs that may be taken up again in the same process.
 *
 * @param options - how many checkpoints to keep
 * @throws RangeError for an unknown option, or unless `keep` is an integer of at least 1
 */
export function memoryStore(options: MemoryStoreOptions = {}): CheckpointStore {
  checkOptions('memoryStore', options, { keep: true } satisfies OptionKeys<MemoryStoreOptions>);
  const { keep = 2 } = options;
  checkInteger('memoryStore', 'keep', keep, 1);
  let kept: Checkpoint[] = [];
  return {
    async prepare({ step }) {
      const last = kept.at(-1)?.step ?? 0;
      if (last > step) throw laterCheckpoint(PLACE, last, step);
    },
    async save(checkpoint) {
      kept = [
        ...kept.filter(({ step }) => step < checkpoint.step),
        structuredClone(withoutPlace(checkpoint)),
      ].slice(-keep);
      return pathOf(checkpoint);
    },
    async latest(options = {}) {
      checkOptions('memoryStore.latest', options, LATEST_KEYS);
      const checkpoint = kept.at(-1);
      if (checkpoint) return { ...structuredClone(checkpoint), path: pathOf(checkpoint) };
      if (options.required) throw noCheckpoint(PLACE);
      return undefined;
    },
  };
}

const PLACE = { fn: 'memoryStore', place: 'the store', path: 'memory' };

const pathOf = ({ step }: Checkpoint): string => `memory:${step}`;
