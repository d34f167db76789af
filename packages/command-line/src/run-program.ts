import { ArgumentError } from '@immiscible/core';
import type { Command } from './command.js';
import { argumentErrorText } from './error-text.js';
import type { Given } from './flags.js';
import { commandHelp, programHelp } from './help.js';
import { parseCommand } from './parse.js';
import type { Program } from './program.js';
import { suggestion } from './suggestion.js';
import { plainTerminal, processTerminal, type Terminal } from './terminal.js';
import { UsageError } from './usage-error.js';

/**
 * Runs what was typed.
 *
 * @param program - its commands
 * @param argv - without Node and the script
 * @param terminal - where to print; that of the process by default
 * @returns the exit code: 0, 1 for a failure, 2 for what can't be meant as typed
 */
export async function runProgram(
  program: Program,
  argv: readonly string[],
  terminal: Terminal = processTerminal(),
): Promise<number> {
  const plain = plainTerminal(terminal);
  const [first] = argv;
  const named = program.commands.find(({ name }) => name === first);
  const command = named ?? program.main;
  try {
    const typed = named ? argv.slice(1) : argv;
    if (named?.verbatim) {
      const words = { rest: typed } as unknown as Given['words'];
      return (await named.run({ flags: {}, words }, plain)) ?? 0;
    }
    const ended = typed.indexOf('--');
    const flags = ended < 0 ? typed : typed.slice(0, ended);
    if (!named && flags.includes('--version')) {
      plain.log(program.version);
      return 0;
    }
    if (command && flags.some(isHelp)) {
      plain.log(commandHelp(command, program));
      return 0;
    }
    if (command) return (await command.run(parseCommand(command, typed), plain)) ?? 0;
    if (first === undefined) {
      plain.error(programHelp(program));
      return 2;
    }
    if (isHelp(first)) {
      plain.log(programHelp(program));
      return 0;
    }
    const known = program.commands.map(({ name }) => name);
    throw new UsageError(`unknown command ${first}${suggestion(first, known)}`);
  } catch (error) {
    plain.status?.('');
    return report(error, program, command, plain);
  }
}

/**
 * Runs what this process was called with, and ends it with the exit code once all is printed.
 *
 * @param program - its commands
 */
export async function runMain(program: Program): Promise<never> {
  // The reader of a pipe may have enough before we are done: `… | head`.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  const code = await runProgram(program, process.argv.slice(2));
  await Promise.all([process.stdout, process.stderr].map(flushed));
  // Whatever still runs, a thread or an engine's own: the command is over.
  process.exit(code);
}

const isHelp = (word: string) => word === '--help' || word === '-h';

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write('', () => resolve()));
}

function report(
  error: unknown,
  { isFault }: Program,
  command: Command | undefined,
  terminal: Terminal,
): number {
  if (!(error instanceof Error)) {
    terminal.error(String(error));
    return 1;
  }
  // A cause that is a text is what another program said; our own line comes last, where it is seen.
  if (typeof error.cause === 'string') terminal.error(error.cause);
  if (error instanceof ArgumentError && command) {
    const { text, isUsage } = argumentErrorText(error, command);
    terminal.error(text);
    return isUsage ? 2 : 1;
  }
  const isUsage = error instanceof UsageError;
  terminal.error(!isUsage && isFault?.(error) ? (error.stack ?? error.message) : error.message);
  return isUsage ? 2 : 1;
}
