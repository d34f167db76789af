import type { RngState, SafetensorsEntry } from '@immiscible/core';

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
  /** Weights (`params/NAME`), averages (`ema/NAME`, `teacher/NAME`) and the optimizer's state (`optimizer/PATH`). */
  readonly arrays: Readonly<Record<string, SafetensorsEntry>>;
}

/** What {@link CheckpointStore.latest} does about a damaged checkpoint. */
export interface LatestOptions {
  /**
   * Whether to go back to the checkpoint before a damaged one, instead of throwing.
   * @defaultValue false
   */
  readonly fallback?: boolean;
  /** Told of each damaged checkpoint that is passed over. */
  readonly onDamaged?: (error: CheckpointError) => void;
}

/** Where checkpoints are kept. */
export interface CheckpointStore {
  /**
   * Called before training starts: makes sure that the run's checkpoints can be written.
   *
   * @param run - about how many bytes a checkpoint takes, and the step that the run starts after
   * @throws CheckpointError if there is no room, or if there are checkpoints of later steps, which the run would delete
   */
  prepare(run: { readonly bytes: number; readonly step: number }): Promise<void>;
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
   * @throws CheckpointError if it is damaged (and, with `fallback`, all before it are)
   */
  latest(options?: LatestOptions): Promise<Checkpoint | undefined>;
}

/** A checkpoint that can't be written or read. */
export class CheckpointError extends Error {
  override readonly name: string = 'CheckpointError';
  /** The file or folder. */
  readonly path: string;

  constructor(message: string, path: string, options?: ErrorOptions) {
    super(message, options);
    this.path = path;
  }
}
