import type { Flags, Given, Words } from './flags.js';
import type { Terminal } from './terminal.js';

/** One command: what it takes, as data, and what it does. */
export interface Command<F extends Flags = Flags, W extends Words = Words> {
  /** One word; of a program's main command, anything that errors may begin with. */
  readonly name: string;
  /** One sentence. */
  readonly about: string;
  /** What it takes by name. */
  readonly flags: F;
  /** What it takes by place. */
  readonly words?: W;
  /**
   * Whether what follows its name is for it alone to read: all of it, `--help` too, comes as {@link verbatimWords}.
   * @defaultValue false
   */
  readonly verbatim?: boolean;
  /**
   * What it does.
   *
   * @param given - flags and words, read and checked
   * @param terminal - where it prints to
   * @returns the exit code, if not 0
   */
  // A method, so that commands with flags of their own go into one list.
  run(given: Given<F, W>, terminal: Terminal): Promise<number | void>;
}

/**
 * A command whose `run` gets the types of its flags and words.
 *
 * @param command - as it is
 */
export function defineCommand<const F extends Flags, const W extends Words = Record<never, never>>(
  command: Command<F, W>,
): Command {
  return command;
}

/** The words of a command that reads for itself what follows its name. */
export const verbatimWords: {
  readonly rest: { readonly about: string; readonly optional: true; readonly many: true };
} = {
  rest: { about: 'what it takes', optional: true, many: true },
};
