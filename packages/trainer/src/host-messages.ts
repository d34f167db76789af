import type { HostStep } from './host-side.js';

/** What a thread of the host side is started with. */
export interface Start {
  readonly data: unknown;
  readonly ahead: number | undefined;
}

/**
 * To the thread: begin at a step, and: one more of them has been taken. A course is what follows one `from`; messages of
 * earlier courses are void.
 */
export type ToWorker =
  | { readonly type: 'from'; readonly step: number; readonly course: number }
  | { readonly type: 'taken'; readonly course: number };

/** An objective's inputs, without what a structured clone would lose. */
export type HostArrays = Readonly<
  Record<string, { readonly data: Float32Array | Int32Array; readonly shape: readonly number[] }>
>;

/** From the thread. */
export type FromWorker =
  | {
      readonly type: 'step';
      readonly course: number;
      readonly step: number;
      readonly arrays: HostArrays;
      readonly rest: Omit<HostStep<never>, 'inputs'>;
    }
  | { readonly type: 'error'; readonly course: number; readonly error: Error };
