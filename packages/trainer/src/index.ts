export { checkpointParams } from './checkpoint-arrays.js';
export {
  type Checkpoint,
  CheckpointError,
  type CheckpointProblem,
  type CheckpointStore,
  type LatestOptions,
  type SkippedCheckpoint,
  type StoredCheckpoint,
} from './checkpoint.js';
export { eager } from '@immiscible/jit';
export {
  type CheckpointEvent,
  type EndEvent,
  type SnapshotEvent,
  type StartEvent,
  type StepEvent,
  type StepSeconds,
  type TrainEvent,
} from './events.js';
export { type Distance, type HostParts, type HostSource, type HostStep } from './host-side.js';
export { memoryStore, type MemoryStoreOptions } from './memory-store.js';
export { type LastCheckpoint, type NonFinite, NonFiniteLossError } from './non-finite-error.js';
export { type CheckpointOptions, type TrainOptions } from './options.js';
export { train } from './train.js';
