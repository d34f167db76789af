import type { Params, Scalars } from '@immiscible/core/tensors';
import type { SkippedCheckpoint } from './checkpoint.js';
import type { Distance } from './host-side.js';

/** Before the first step. */
export interface StartEvent {
  /** Tells this event from others. */
  readonly type: 'start';
  /** Steps done before: 0, or those of the checkpoint that the run starts from. */
  readonly step: number;
  /** Steps to be done in all. */
  readonly steps: number;
  /** How many weights the model has. */
  readonly parameters: number;
  /** Damaged checkpoints newer than the one that the run starts from: the steps after it are done again. */
  readonly skipped: readonly SkippedCheckpoint[];
}

/**
 * Wall-clock seconds. Where host and device work at the same time, `total` is less than the sum of the others; of a host side in
 * another thread only the wait for it counts.
 */
export interface StepSeconds {
  /** From the beginning of the step to its end. */
  readonly total: number;
  /** Reading images and drawing noise. */
  readonly batch: number;
  /** The batch transform: what a coupling costs. */
  readonly transform: number;
  /** What of the transform another thread did meanwhile, which costs no time where a core is free. */
  readonly transformAhead: number;
  /** The objective's host side. */
  readonly prepare: number;
  /** Upload, the step itself, download of loss and gradient norm. */
  readonly device: number;
}

/** After a step, or after each `readEvery` steps: then numbers are means over these steps, and seconds are sums. */
export interface StepEvent {
  /** Tells this event from others. */
  readonly type: 'step';
  /** Steps done: 1 after the first. */
  readonly step: number;
  /** Mean loss over the batch. */
  readonly loss: number;
  /** Global L2 norm of the gradient, before the optimizer. */
  readonly gradientNorm: number;
  /** The optimizer's numbers of this step (learning rate …), as its `scalars(step)` names them. */
  readonly scalars: Scalars;
  /** Mean image–noise distance with the noise as drawn and as the transform gave it. */
  readonly distance: Distance;
  /** Where the time went. */
  readonly seconds: StepSeconds;
  /** Seconds of training since step 0, earlier runs included; without the consumer's time and that of checkpoints. */
  readonly elapsed: number;
}

/** Each `snapshotEvery` steps and after the last. */
export interface SnapshotEvent {
  /** Tells this event from others. */
  readonly type: 'snapshot';
  /** Steps done. */
  readonly step: number;
  /** Borrowed: gone when the next event is asked for. */
  readonly params: Params;
  /** Likewise; absent without an average. */
  readonly ema?: Params;
  /** Seconds of training since step 0, as in {@link StepEvent}. */
  readonly elapsed: number;
}

/** After a checkpoint has been written. */
export interface CheckpointEvent {
  /** Tells this event from others. */
  readonly type: 'checkpoint';
  /** Steps done. */
  readonly step: number;
  /** Where it is, as the store says. */
  readonly path: string;
}

/** The last one. */
export interface EndEvent {
  /** Tells this event from others. */
  readonly type: 'end';
  /** Steps done. */
  readonly step: number;
  /** Whether the signal ended the run before its last step. */
  readonly aborted: boolean;
  /** Borrowed: gone when the next event is asked for, as at the end of a `for await`. */
  readonly params: Params;
  /** Likewise; absent without an average. */
  readonly ema?: Params;
  /** Seconds of training since step 0, as in {@link StepEvent}. */
  readonly elapsed: number;
}

/** What a run tells of itself. */
export type TrainEvent = StartEvent | StepEvent | SnapshotEvent | CheckpointEvent | EndEvent;
