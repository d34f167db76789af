/** What `installNative` is doing. */
export interface InstallProgress {
  readonly stage: 'wait' | 'download' | 'unpack' | 'compile' | 'test' | 'done';
  /** One line for a person. */
  readonly message: string;
  /** Share of the stage that is done, in [0, 1], where it is known. */
  readonly fraction?: number;
}

export type OnProgress = (progress: InstallProgress) => void;

/** An error of `backend install`: what must be there, what was found, what to do. */
export function installError(constraint: string, found: string, fix: string): Error {
  return new Error(`backend install: ${constraint}, got ${found}; ${fix}`);
}
