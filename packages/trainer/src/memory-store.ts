import { checkInteger } from '@immiscible/core';
import { type Checkpoint, CheckpointError, type CheckpointStore } from './checkpoint.js';

/**
 * Checkpoints in memory: for tests, and for runs that may be taken up again in the same process.
 *
 * @param options - `keep`: how many to keep, the newest ones. @defaultValue 2
 */
export function memoryStore(options: { readonly keep?: number } = {}): CheckpointStore {
  const { keep = 2 } = options;
  checkInteger('memoryStore', 'keep', keep, 1);
  let kept: Checkpoint[] = [];
  return {
    async prepare({ step }) {
      const last = kept.at(-1)?.step ?? 0;
      if (last > step)
        throw new CheckpointError(laterCheckpoint('memoryStore', 'the store', last, step), 'memory');
    },
    async save(checkpoint) {
      kept = [...kept.filter(({ step }) => step < checkpoint.step), structuredClone(checkpoint)].slice(-keep);
      return `memory:${checkpoint.step}`;
    },
    async latest() {
      return structuredClone(kept.at(-1));
    },
  };
}

/** What a store says that has checkpoints which the run would delete. */
export function laterCheckpoint(fn: string, place: string, last: number, step: number): string {
  return (
    `${fn}: ${place} must hold no checkpoint later than step ${step}, where the run starts, got one of step ${last}; ` +
    'resume with start: await store.latest(), or use another store'
  );
}
