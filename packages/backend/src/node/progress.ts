import { EngineError } from '../engine-error.js';

/** What `installNative` is doing. */
export interface InstallProgress {
  /** Which part of the work. */
  readonly stage: 'wait' | 'check' | 'download' | 'unpack' | 'compile' | 'test' | 'done';
  /** One line for a person. */
  readonly message: string;
  /** Share of the stage that is done, in [0, 1], where it is known. */
  readonly fraction?: number;
}

/** Told what goes on. */
export type OnProgress = (progress: InstallProgress) => void;

/** What stops `installNative`. */
export interface InstallProblem {
  /** What must be so. */
  readonly constraint: string;
  /** What was found. */
  readonly found: string;
  /** What to do. */
  readonly fix: string;
  /** What the command at fault said; becomes the error's `cause`. */
  readonly output?: string;
}

/** An error of `installNative`, in one line: what must be there, what was found, what to do. */
export function installError({ constraint, found, fix, output }: InstallProblem): EngineError {
  const options = output ? { cause: output } : undefined;
  return new EngineError({ fn: 'installNative', reason: `${constraint}, got ${found}`, fix }, options);
}
