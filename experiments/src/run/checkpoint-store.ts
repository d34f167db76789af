import { type CheckpointStore, fileStore } from '@immiscible/trainer';

/** Where a twin's checkpoints are in the run's folder. */
export function checkpointStore(directory: string): CheckpointStore {
  return fileStore(directory);
}
