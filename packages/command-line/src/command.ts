import type { Flags, Given, Words } from './flags.js';
import type { Terminal } from './terminal.js';

/** One command: what it takes, as data, and what it does. */
export interface Command<F extends Flags = Flags, W extends Words = Words> {
  /** One word; of a program's main command, anything that errors may begin with. */
  readonly name: string;
  /** One sentence. */
  readonly about: string;
  readonly flags: F;
  readonly words?: W;
  /**
   * @param given - flags and words, read and checked
   * @returns the exit code, if not 0
   */
  // A method, so that commands with flags of their own go into one list.
  run(given: Given<F, W>, terminal: Terminal): Promise<number | void>;
}

/** A command whose `run` gets the types of its flags and words. */
export function defineCommand<const F extends Flags, const W extends Words = Record<never, never>>(
  command: Command<F, W>,
): Command {
  return command;
}
