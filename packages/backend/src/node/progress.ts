/** What `installNative` is doing. */
export interface InstallProgress {
  readonly stage: 'wait' | 'check' | 'download' | 'unpack' | 'compile' | 'test' | 'done';
  /** One line for a person. */
  readonly message: string;
  /** Share of the stage that is done, in [0, 1], where it is known. */
  readonly fraction?: number;
}

export type OnProgress = (progress: InstallProgress) => void;

/**
 * An error of `installNative`, in one line: what must be there, what was found, what to do.
 *
 * @param output - what the command at fault said; becomes the error's `cause`
 */
export function installError(constraint: string, found: string, fix: string, output?: string): Error {
  const message = `installNative: ${constraint}, got ${found}; ${fix}`;
  return output ? new Error(message, { cause: output }) : new Error(message);
}
