import type { Command } from './command.js';

/** A command line: its commands, one of which may go without a name. */
export interface Program {
  /** How it is called: `npx @immiscible/datasets`. */
  readonly name: string;
  /** One sentence. */
  readonly about: string;
  /** For `--version`. */
  readonly version: string;
  /** Those that are run by their names. */
  readonly commands: readonly Command[];
  /** What is run when no command is named. */
  readonly main?: Command;
  /**
   * Whether an error is a fault of the program, to be shown with its stack.
   * @defaultValue none is: packages' errors say what to do
   */
  readonly isFault?: (error: unknown) => boolean;
}
