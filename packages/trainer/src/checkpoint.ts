import type { OptionKeys, RngState } from '@immiscible/core';
import type { SafetensorsEntry } from '@immiscible/formats';

/** All that is needed to go on exactly where a run stood. */
export interface Checkpoint {
  /** Steps done: the number of updates that the weights have had. */
  readonly step: number;
  /** State of the run's root `Rng`. */
  readonly rng: RngState;
  /** Seconds of training so far. */
  readonly seconds: number;
  /** What the caller gave as `config`, so that a run isn't continued under another one. */
  readonly config?: string;
  /** What the caller gave as `metadata`: what the run is, for whoever reads the checkpoint later to compare. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Weights (`params/NAME`), averages (`ema/NAME`, `teacher/NAME`) and the optimizer's state (`optimizer/PATH`). */
  readonly arrays: Readonly<Record<string, SafetensorsEntry>>;
}

/** A checkpoint as a store gives it back. */
export interface StoredCheckpoint extends Checkpoint {
  /** Where it is, for people to read. */
  readonly path?: string;
  /** Newer ones that were passed over because they are damaged, the newest first; absent if there are none. */
  readonly skipped?: readonly SkippedCheckpoint[];
}

/** A damaged checkpoint that an older one is used instead of. */
export interface SkippedCheckpoint {
  /** Steps that it had. */
  readonly step: number;
  /** The file that is damaged. */
  readonly path: string;
  /** What was expected and what found, with the file's name. */
  readonly reason: string;
}

/** What {@link CheckpointStore.latest} does about damaged and missing checkpoints. */
export interface LatestOptions {
  /**
   * Whether to go back to the checkpoint before a damaged one, instead of throwing. What is passed over is in the result's
   * `skipped`, and in the `start` event of the run that starts from it.
   * @defaultValue false
   */
  readonly fallback?: boolean;
  /** Told of each damaged checkpoint that is passed over. */
  readonly onDamaged?: (error: CheckpointError) => void;
  /**
   * Whether it is an error that there is none: for a run that is to go on, not to begin anew.
   * @defaultValue false
   */
  readonly required?: boolean;
}

/** For stores, which refuse other keys. */
export const LATEST_KEYS: OptionKeys<LatestOptions> = { fallback: true, onDamaged: true, required: true };

/** Where checkpoints are kept. */
export interface CheckpointStore {
  /**
   * Called before training starts: makes sure that the run's checkpoints can be written.
   *
   * @param run - about how many bytes a checkpoint takes, the step that the run starts after, and the damaged checkpoints that
   *   it knows to have been passed over
   * @throws CheckpointError if there is no room, or if there are other checkpoints of later steps, which the run would delete
   */
  prepare(run: {
    readonly bytes: number;
    readonly step: number;
    readonly skipped?: readonly SkippedCheckpoint[];
  }): Promise<void>;
  /**
   * Keeps a checkpoint in place of any of the same or later steps, or leaves everything as it was.
   *
   * @param checkpoint - borrowed
   * @returns where it is, for people to read
   * @throws CheckpointError if it can't be written
   */
  save(checkpoint: Checkpoint): Promise<string>;
  /**
   * The checkpoint with the most steps; undefined if there is none.
   *
   * @throws CheckpointError if it is damaged (and, with `fallback`, all before it are), or absent though `required`
   */
  latest(options?: LatestOptions): Promise<StoredCheckpoint | undefined>;
}

/** What is wrong with a checkpoint or its place. */
export interface CheckpointProblem {
  /** The store that says so. */
  readonly fn: string;
  /** The file or folder. */
  readonly path: string;
  /** What was expected and what found, with the file's name. */
  readonly reason: string;
  /** What to do. */
  readonly fix?: string | undefined;
}

/** A checkpoint that can't be written or read: `fn: reason; fix`. */
export class CheckpointError extends Error implements CheckpointProblem {
  override readonly name: string = 'CheckpointError';
  readonly fn: string;
  readonly path: string;
  readonly reason: string;
  readonly fix: string | undefined;

  constructor({ fn, path, reason, fix }: CheckpointProblem, options?: ErrorOptions) {
    super(`${fn}: ${reason}${fix === undefined ? '' : `; ${fix}`}`, options);
    this.fn = fn;
    this.path = path;
    this.reason = reason;
    this.fix = fix;
  }
}

/** A checkpoint without what a store has added to it. */
export function withoutPlace({
  path: _path,
  skipped: _skipped,
  ...checkpoint
}: StoredCheckpoint): Checkpoint {
  return checkpoint;
}

/** Where a store keeps its checkpoints. */
export interface StorePlace {
  /** The store. */
  readonly fn: string;
  /** For people. */
  readonly place: string;
  /** The folder, or what stands for one. */
  readonly path: string;
}

/** The error of a store without a checkpoint that must have one. */
export function noCheckpoint({ fn, place, path }: StorePlace): CheckpointError {
  const reason = `${place} must hold a checkpoint to go on from, got none`;
  return new CheckpointError({ fn, path, reason, fix: 'to begin anew, start without one' });
}

/** The error of a store that has a checkpoint of step `last`, which a run that starts at `step` would delete. */
export function laterCheckpoint(
  { fn, place, path }: StorePlace,
  last: number,
  step: number,
): CheckpointError {
  const reason = `${place} must hold no checkpoint later than step ${step}, where the run starts, got one of step ${last}`;
  const fix = 'resume with start: await store.latest(), or use another store';
  return new CheckpointError({ fn, path, reason, fix });
}
